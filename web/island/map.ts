// The map: the world from the program itself, street tiles only where the
// operator named a source. It shows what the page's lists say, each with its
// accuracy, and follows the row that is chosen; the lists stay the truth.

import * as L from "leaflet";
import type { FeatureCollection, Position } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { choose } from "./keys";

interface Spot { el: HTMLElement; at: L.LatLng; accuracy: number; mark: string; name: string; href: string; trail: L.LatLng[] }

const urgency = ["alarm", "acknowledged", "overdue", "due", "well", "off"];

function spots(): Spot[] {
  const seen = new Map<string, Spot>();
  for (const el of document.querySelectorAll<HTMLElement>("[data-lat]")) {
    const d = el.dataset;
    const at = L.latLng(Number(d["lat"]), Number(d["lon"]));
    const trail = (d["trail"] ?? "").split(";").filter(Boolean).map((p) => { const [lat, lon] = p.split(","); return L.latLng(Number(lat), Number(lon)); });
    const spot = { el, at, accuracy: Number(d["accuracy"]), mark: d["mark"] ?? "well", name: d["name"] ?? "", href: d["href"] ?? "", trail };
    const key = `${spot.name} ${at.lat} ${at.lng}`;
    const other = seen.get(key);
    if (!other || urgency.indexOf(spot.mark) < urgency.indexOf(other.mark)) seen.set(key, spot);
  }
  return [...seen.values()];
}

/** groups puts together what would lie on top of each other, the most urgent first. */
function groups(map: L.Map, all: Spot[]): Spot[][] {
  const size = map.getZoom() >= 15 ? 1 : 44;
  const cells = new Map<string, Spot[]>();
  for (const s of all) {
    const p = map.project(s.at, map.getZoom());
    const key = `${Math.floor(p.x / size)},${Math.floor(p.y / size)}`;
    cells.set(key, [...(cells.get(key) ?? []), s]);
  }
  return [...cells.values()].map((g) => g.sort((a, b) => urgency.indexOf(a.mark) - urgency.indexOf(b.mark)));
}

/**
 * flat makes a map of what was drawn on a globe: a border that crosses the
 * date line goes on beyond it instead of leaping back across the world, and
 * one that goes around a pole is closed there.
 */
function flat(world: FeatureCollection): FeatureCollection {
  const ring = (points: Position[]): Position[] => {
    let turn = 0;
    const out = points.map((p, i) => {
      const step = (p[0] ?? 0) - (points[i - 1]?.[0] ?? p[0] ?? 0);
      if (step > 180) turn -= 360;
      if (step < -180) turn += 360;
      return [(p[0] ?? 0) + turn, p[1] ?? 0];
    });
    if (turn !== 0) {
      const pole = (out[0]?.[1] ?? 0) < 0 ? -89 : 89;
      out.push([out[out.length - 1]?.[0] ?? 0, pole], [out[0]?.[0] ?? 0, pole]);
    }
    return out;
  };
  for (const country of world.features) {
    const g = country.geometry;
    if (g?.type === "Polygon") g.coordinates = g.coordinates.map(ring);
    if (g?.type === "MultiPolygon") g.coordinates = g.coordinates.map((polygon) => polygon.map(ring));
  }
  return world;
}

class Board {
  private readonly map: L.Map;
  private readonly layer = L.layerGroup();
  private chosen: Spot | undefined;
  private fitted = false;
  /** How near to look: without streets a close look shows nothing but a dot. */
  private readonly near: number;

  constructor(private readonly box: HTMLElement) {
    this.map = L.map(box, { zoomControl: true, attributionControl: true, minZoom: 1, maxZoom: 18, worldCopyJump: true, fadeAnimation: false, renderer: L.svg({ padding: 0.8 }) }).setView([50, 10], 3);
    this.near = box.dataset["tiles"] ? 14 : 6;
    this.map.attributionControl.setPrefix(false);
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", box.dataset["label"] ?? "");
    L.control.scale({ imperial: false }).addTo(this.map);
    this.layer.addTo(this.map);
    void this.ground();
    this.map.on("zoomend", () => this.draw());
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(box);
    document.addEventListener("muster:chosen", (e) => this.follow((e as CustomEvent<HTMLElement>).detail));
  }

  private async ground(): Promise<void> {
    const tiles = this.box.dataset["tiles"];
    const world = (await (await fetch(this.box.dataset["countries"] ?? "")).json()) as Topology<{ countries: GeometryCollection }>;
    L.geoJSON(flat(feature(world, world.objects.countries)), { interactive: false, style: { className: "land", fillOpacity: 1, weight: 0.8 }, attribution: "Natural Earth" }).addTo(this.map).bringToBack();
    if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(this.map);
  }

  draw(): void {
    const all = spots();
    this.layer.clearLayers();
    if (!this.fitted && all.length > 0) {
      this.fitted = true;
      const urgent = all.filter((s) => s.mark === "alarm");
      const shown = urgent.length > 0 ? urgent : all;
      this.map.fitBounds(L.latLngBounds(shown.map((s) => s.at)).pad(0.25), { maxZoom: this.near, animate: false });
    }
    for (const group of groups(this.map, all)) this.put(group);
    const follow = all.find((s) => s.el.hasAttribute("data-follow") || s.name === this.chosen?.name);
    if (follow) this.around(follow);
  }

  private put(group: Spot[]): void {
    const first = group[0];
    if (!first) return;
    const many = group.length > 1;
    const size: [number, number] = many ? [30, 30] : [24, 24];
    const inner = document.createElement(many ? "b" : "i");
    if (many) inner.textContent = String(group.length);
    const icon = L.divIcon({ className: `spot ${first.mark}${many ? " many" : ""}${first.name === this.chosen?.name ? " here" : ""}`, html: inner, iconSize: size });
    const marker = L.marker(first.at, { icon, keyboard: false, zIndexOffset: 1000 * (urgency.length - urgency.indexOf(first.mark)), alt: first.name });
    marker.bindTooltip(many ? group.slice(0, 6).map((s) => s.name).join(", ") + (group.length > 6 ? " …" : "") : first.name, { direction: "top", offset: [0, -10] });
    marker.on("click", () => { if (many) this.map.fitBounds(L.latLngBounds(group.map((s) => s.at)).pad(0.3), { maxZoom: 15 }); else choose(first.el); });
    marker.addTo(this.layer);
  }

  /** around draws how sure the position is, and the way there. */
  private around(s: Spot): void {
    L.circle(s.at, { radius: Math.max(5, s.accuracy), className: `accuracy ${s.mark}`, weight: 1.5, fillOpacity: 0.14, interactive: false }).addTo(this.layer);
    if (s.trail.length > 1) L.polyline(s.trail, { className: `trail ${s.mark}`, weight: 3, interactive: false }).addTo(this.layer);
  }

  private follow(row: HTMLElement): void {
    const s = spots().find((x) => x.name === row.dataset["name"]);
    if (!s) return;
    this.chosen = s;
    this.map.setView(s.at, Math.max(this.map.getZoom(), this.near), { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
    this.draw();
  }
}

const box = document.querySelector<HTMLElement>("[data-map]");
if (box) {
  const board = new Board(box);
  board.draw();
  document.addEventListener("muster:renewed", () => board.draw());
}
