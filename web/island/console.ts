// What every page of the console gets.

import { countdown } from "./countdown";
import { feed } from "./feed";
import { keys } from "./keys";
import { sound } from "./sound";

document.documentElement.classList.add("js");
countdown();
sound();
keys();
feed();
