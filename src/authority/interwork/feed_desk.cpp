// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/feed_desk.h"

#include "base/log.h"

namespace countersign::authority {
namespace {

using std::chrono::steady_clock;

http::Counter* count_pages(http::Metrics* metrics, std::string_view labels) {
  if (metrics == nullptr) return nullptr;
  return &metrics->counter("countersign_status_feed_pages_total",
                           "Pages of our own status feed that other data centres were given, by content.",
                           labels);
}

// The home of a feed that is not our own.
Result<const documents::MappedDataCentre*> home_through_us(const network::MapView& view,
                                                           const x509::Name& own, const x509::Name& home) {
  const documents::MappedDataCentre* const found = documents::find_data_centre(view.map, home);
  if (found != nullptr && found->through && *found->through == own) return found;
  return fail(ErrorCode::kNotFound, "dead end: " + home.text() + " is neither " + own.text() +
                                        " nor a data centre that the network map says is reached through it");
}

}  // namespace

FeedDesk::FeedDesk(Parts parts, Options options)
    : parts_(std::move(parts)),
      options_(options),
      pages_(count_pages(parts_.metrics, "content=\"changes\"")),
      heartbeats_(count_pages(parts_.metrics, "content=\"heartbeat\"")),
      places_(options.places),
      thread_([this] { run(); }) {}

void FeedDesk::answer(http::Request request, http::Respond respond) {
  const auto refuse = [&respond](const Error& error) { respond(http::problem_response(error)); };
  const Result<AskingPeer> peer = parts_.door.let_in(request);
  if (!peer) return refuse(peer.error());
  if (request.header("Content-Type") != http::kJsonMediaType)
    return refuse({ErrorCode::kUnsupported, "peers: Content-Type must be application/json"});
  Result<documents::StatusFeedRequest> asked = documents::parse_status_feed_request(request.body);
  if (!asked) return refuse(asked.error());
  const x509::Name& of = asked.value().data_centre;
  Result<http::Respond> place = places_.take(peer.value().name.text() + " about " + of.text(), respond);
  if (of == parts_.data_centre) {
    if (!place) return refuse(place.error());
    return enqueue(std::move(asked).value(), std::move(place).value());
  }
  const auto home = home_through_us(*peer.value().view, parts_.data_centre, of);
  if (!home) return refuse(home.error());
  if (const auto judged = judge_relay(request, *home.value(), peer.value().name); !judged)
    return refuse(judged.error());
  if (!place) return refuse(place.error());
  relay(peer.value(), *home.value(), std::move(asked).value(), std::move(place).value());
}

void FeedDesk::enqueue(documents::StatusFeedRequest request, http::Respond respond) {
  const Moment until = steady_clock::now() + request.wait;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      arrivals_.push_back({std::move(request), std::move(respond), until});
      arrived_.notify_one();
      return;
    }
  }
  respond(http::problem_response({ErrorCode::kUnavailable, "the program is stopping"}));
}

void FeedDesk::relay(const AskingPeer& peer, const documents::MappedDataCentre& home,
                     documents::StatusFeedRequest request, http::Respond respond) {
  request.wait = {};
  parts_.peers.ask_feed(
      peer.view, Route{&home, &home, 0}, documents::write_status_feed_request(request),
      [view = peer.view, respond = std::move(respond)](PeerAnswer got) {
        if (!got.response) return respond(http::problem_response(relayed_error(got.response.error())));
        respond(http::der_response(200, std::move(got.response).value(), http::kCmsMediaType));
      });
}

void FeedDesk::run() {
  std::vector<Waiting> waiting;
  std::unique_lock lock(mutex_);
  const auto is_called = [this] { return stopping_ || !arrivals_.empty(); };
  while (!stopping_) {
    if (waiting.empty())
      arrived_.wait(lock, is_called);
    else
      arrived_.wait_for(lock, options_.look_every, is_called);
    if (stopping_) break;
    std::move(arrivals_.begin(), arrivals_.end(), std::back_inserter(waiting));
    arrivals_.clear();
    lock.unlock();
    try {  // the one catch of this thread
      look(waiting);
    } catch (const std::exception& fault) {
      log_error("status_feed_failed", {ErrorCode::kInternal, fault.what()});
      waiting.clear();  // which answers each with a fault of ours
    }
    lock.lock();
  }
  std::move(arrivals_.begin(), arrivals_.end(), std::back_inserter(waiting));
  arrivals_.clear();
  lock.unlock();
  for (const Waiting& each : waiting)
    each.respond(http::problem_response({ErrorCode::kUnavailable, "the program is stopping"}));
}

void FeedDesk::look(std::vector<Waiting>& waiting) {
  Result<std::vector<Ready>> ready = take_ready(waiting);
  if (!ready) {
    log_error("status_journal_unreadable", ready.error());
    for (const Waiting& each : waiting)
      each.respond(http::problem_response(
          {ErrorCode::kUnavailable, "the journal of statuses cannot be read at the moment"}));
    waiting.clear();
    return;
  }
  for (const Ready& each : ready.value()) send(each);
}

// The pages of those whose wait is over, all of one snapshot that was taken after they asked. Those stay that
// the journal has nothing for yet.
Result<std::vector<FeedDesk::Ready>> FeedDesk::take_ready(std::vector<Waiting>& waiting) {
  std::vector<std::optional<JournalPage>> pages(waiting.size());
  const Moment now = steady_clock::now();
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const documents::StatusFeedPosition newest, newest_status_position(reader));
    const bool is_changed = seen_ != newest;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      Waiting& each = waiting[i];
      const bool is_over = each.until <= now;
      if (!is_changed && !each.is_new && !is_over) continue;
      TRY(JournalPage page, read_journal(reader, each.request.after, documents::kMaxChangesOfAPage));
      each.is_new = false;
      if (is_over || !page.changes.empty() || each.request.after != page.after) pages[i] = std::move(page);
    }
    seen_ = newest;
    return ok();
  }));
  std::vector<Ready> ready;
  std::vector<Waiting> rest;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    Waiting& each = waiting[i];
    if (!pages[i]) {
      rest.push_back(std::move(each));
      continue;
    }
    ready.push_back({{parts_.data_centre, each.request.nonce, each.request.after, parts_.clock.now(),
                      pages[i]->after, std::move(pages[i]->changes), pages[i]->newest},
                     std::move(each.respond)});
  }
  waiting = std::move(rest);
  return ready;
}

void FeedDesk::send(const Ready& ready) {
  Result<Bytes> page = documents::sign_status_feed_page(parts_.responder, ready.page);
  if (!page) {
    log_error("status_feed_not_signed", page.error());
    return ready.respond(http::problem_response({ErrorCode::kInternal, page.error().detail}));
  }
  http::Counter* const counter = ready.page.changes.empty() ? heartbeats_ : pages_;
  if (counter != nullptr) counter->add();
  ready.respond(http::der_response(200, std::move(page).value(), http::kCmsMediaType));
}

void FeedDesk::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void add_feed_routes(http::Router& router, FeedDesk& desk) {
  router.add("POST", kPeerFeedPath, [&desk](http::Request request, http::Respond respond) {
    desk.answer(std::move(request), std::move(respond));
  });
}

}  // namespace countersign::authority
