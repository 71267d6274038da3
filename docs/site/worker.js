// The site without a network: this browser keeps all its files, and always those of one build.
// In front of this stand, from `autograder.authoring.site.offline`: FILES, from the names of the files to the sums of what
// they hold (as `integrity` has them), and LATER, those of them that are kept only where somebody has asked for them.

const HERE = self.registration.scope;
// Other sites may lie on the same host, each under a path of its own.
const KEPT = `site at ${HERE}`;
const AT_ONCE = 6;

const address = (name) => new URL(name, HERE).href;
// With its sum as a key, a file is found that an earlier build had too, and never one that has changed.
const key = (name) => `${address(name)}?${encodeURIComponent(FILES[name])}`;

const named = (url) => {
  if (!url.startsWith(HERE)) return null;
  const path = decodeURIComponent(new URL(url).pathname.slice(new URL(HERE).pathname.length));
  const name = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  return Object.hasOwn(FILES, name) ? name : null;
};

// A file comes as this build has it or not at all: a host that is being updated may hand out another.
const add = async (cache, name) => {
  const load = (cache) => fetch(address(name), { integrity: FILES[name], cache });
  // A host that counts in seconds may call a file unchanged that is not.
  const response = await load("no-cache").catch(() => load("reload"));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  // What came by a redirect may not be the answer to a navigation.
  const kept = response.redirected ? new Response(response.body, { headers: response.headers }) : response;
  await cache.put(key(name), kept.clone());
  return kept;
};

const addAll = async (names) => {
  const cache = await caches.open(KEPT);
  const waiting = [...names];
  const one = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      if (!await cache.match(key(name))) await add(cache, name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
};

// What somebody asked for once is kept in later builds, too.
const askedFor = async () => {
  const cache = await caches.open(KEPT);
  const found = await Promise.all(LATER.map((name) => cache.match(address(name), { ignoreSearch: true })));
  return LATER.filter((_, index) => found[index]);
};

const keep = async () => addAll([...Object.keys(FILES).filter((name) => !LATER.includes(name)), ...await askedFor()]);

const removeOthers = async () => {
  const cache = await caches.open(KEPT);
  const wanted = new Set(Object.keys(FILES).map(key));
  await Promise.all((await cache.keys()).filter(({ url }) => !wanted.has(url)).map((request) => cache.delete(request)));
};

// A newer build that is whole waits until this one steps back, and it does at the next page that is opened. That page is
// asked for again then, and other pages that are open load again by themselves (offline.js): no page has parts of both.
let replaced = false;
const again = () => new Response("<!doctype html><script>location.reload()</script>", { headers: { "Content-Type": "text/html" } });

const answer = async (request, name) => {
  const { waiting } = self.registration;
  if (request.mode === "navigate" && (waiting || replaced)) {
    replaced = true;
    waiting?.postMessage("take over");
    return again();
  }
  const cache = await caches.open(KEPT);
  return await cache.match(key(name)) ?? add(cache, name).catch(() => fetch(request));
};

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(removeOthers().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const name = event.request.method === "GET" ? named(event.request.url) : null;
  if (name) event.respondWith(answer(event.request, name));
});
// Pages send "take over", "is Python kept?" and "keep Python"; the last two are answered by "yes", "no" or, where the
// site was built without Python, "none".
self.addEventListener("message", (event) => {
  if (event.data === "take over") {
    self.skipWaiting();
    return;
  }
  const said = async () => {
    if (LATER.length === 0) return "none";
    if (event.data === "keep Python") await addAll(LATER);
    return (await askedFor()).length === LATER.length ? "yes" : "no";
  };
  event.waitUntil(said().catch(() => "no").then((kept) => event.ports[0]?.postMessage(kept)));
});
