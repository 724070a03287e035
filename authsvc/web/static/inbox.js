// The inbox, live: says once that something changed, and moves neither focus nor text. The link looks again.
const news = document.getElementById("inbox-news");
const opened = Number(news.dataset.since);
const events = new EventSource(`/inbox/events?since=${opened}`);
events.addEventListener("request", (event) => {
  if (Number(event.lastEventId) >= opened && !news.textContent) news.textContent = news.dataset.news;
});
addEventListener("pagehide", () => events.close());
if ("serviceWorker" in navigator) navigator.serviceWorker.register(news.dataset.worker, { scope: "/inbox" }).catch(() => {});
