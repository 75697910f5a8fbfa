// Goes on by itself to where the page's one link leads, as a press on it would:
// only a link says with its own policy that the browser comes from here, which
// the other product asks for.

document.querySelector<HTMLAnchorElement>("a[data-over]")?.click();

export {};
