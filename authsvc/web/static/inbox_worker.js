// The service worker of the inbox. A push has no content: it wakes, and the text comes over TLS from our own origin.
const told = new URL(location.href).searchParams;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  const shown = { body: told.get("text") || "", icon: "/static/icon.svg", tag: "inbox", renotify: true };
  event.waitUntil(self.registration.showNotification(told.get("title") || "", shown));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const page = open.find((each) => new URL(each.url).pathname === "/inbox");
      return page ? page.focus() : self.clients.openWindow("/inbox");
    }),
  );
});
