// What every page of the console gets.

import { countdown } from "./countdown";
import { feed } from "./feed";
import { keys } from "./keys";
import { push } from "./push";
import { keepInSight } from "./sight";
import { sound } from "./sound";

document.documentElement.classList.add("js");
countdown();
sound();
keys();
push();
feed();
keepInSight();
