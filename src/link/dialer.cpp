// SPDX-License-Identifier: Apache-2.0
#include "link/dialer.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "link/greeting.h"
#include "link/greeting_round.h"

namespace countersign::link {
namespace {

constexpr std::size_t kSideBySide = 8;

// What a failure after the stream was connected says about the terminal. Behind it stands the paired
// terminal's key for kForbidden and for every reason that the other side named.
Obstacle obstacle_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kForbidden:
    case ErrorCode::kNotFound:
    case ErrorCode::kCertificateRevoked:
      return Obstacle::kForgotten;
    case ErrorCode::kCertificateUnknown:  // the judgement of this side
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kMalformed:
      return Obstacle::kAnotherTerminal;
    case ErrorCode::kUnsupported:
      return Obstacle::kVersion;
    case ErrorCode::kCancelled:
      return Obstacle::kCancelled;
    case ErrorCode::kUnavailable:
    case ErrorCode::kGone:
      return Obstacle::kNoAnswer;
    default:
      return Obstacle::kFault;
  }
}

NotReached failure_of(const Error& error) {
  const Obstacle obstacle = obstacle_of(error.code);
  return obstacle == Obstacle::kFault ? NotReached{obstacle, error} : not_reached(obstacle, error.detail);
}

}  // namespace

struct LinkDialer::Job {
  PairingKeys keys;
  std::optional<Pairing> pairing;  // none: an offer
  mutable std::atomic<bool> is_reached = false;

  // True for one greeting alone, whichever comes first to its end: its connection is the one.
  bool claim() const { return !is_reached.exchange(true); }
};

LinkDialer::LinkDialer(PairingStore& store, std::vector<std::shared_ptr<Transport>> transports,
                       const Clock& clock, DialerOptions options)
    : store_(store), transports_(std::move(transports)), clock_(clock), options_(std::move(options)) {}

Reached<std::shared_ptr<Connection>> LinkDialer::dial(const std::string& pairing,
                                                      const std::stop_token& stop) {
  auto found = store_.find(pairing);
  if (!found) return NotReached{Obstacle::kFault, found.error()};
  if (!found.value()) return not_reached(Obstacle::kNotPaired, "link: no pairing " + pairing);
  auto keys = store_.keys(pairing);
  if (!keys) return NotReached{Obstacle::kFault, keys.error()};
  const Job job{std::move(keys).value(), std::move(found).value(), {}};
  return reach(job, after(options_.search_limit), stop);
}

Reached<std::shared_ptr<Connection>> LinkDialer::pair(const PairingOffer& offer,
                                                      const std::stop_token& stop) {
  const Job job{derive_pairing_keys(offer.secret), std::nullopt, {}};
  const auto offers = store_.offers(clock_.now());
  if (!offers) return NotReached{Obstacle::kFault, offers.error()};
  const auto open = std::ranges::find(offers.value(), job.keys.id, &OpenOffer::id);
  if (open == offers.value().end()) return not_reached(Obstacle::kOfferOver, "link: the offer is not open");
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(open->expires - clock_.now());
  auto reached = reach(job, after(left), stop);
  if (reached) return reached;
  const Obstacle obstacle = reached.error().obstacle;
  if (obstacle == Obstacle::kSeveralTerminals) {
    if (const auto withdrawn = store_.withdraw_offer(job.keys.id); !withdrawn)
      return NotReached{Obstacle::kFault, withdrawn.error()};
    return reached;
  }
  if (obstacle == Obstacle::kForgotten || clock_.now() >= open->expires)
    return not_reached(Obstacle::kOfferOver,
                       "link: no terminal paired in time; " + reached.error().error.detail);
  return reached;
}

Reached<std::shared_ptr<Connection>> LinkDialer::reach(const Job& job, Deadline deadline,
                                                       const std::stop_token& stop) {
  auto reached = reach_over_all(job, deadline, stop);
  if (!reached)
    log_error("link_not_reached", reached.error().error,
              {{"obstacle", obstacle_name(reached.error().obstacle)}});
  return reached;
}

// All transports at once, a thread each; the first that reaches the terminal stops the others.
Reached<std::shared_ptr<Connection>> LinkDialer::reach_over_all(const Job& job, Deadline deadline,
                                                                const std::stop_token& stop) {
  if (transports_.empty()) return not_reached(Obstacle::kNetworkMissing, "link: no transport is configured");
  if (transports_.size() == 1) return reach_over(*transports_.front(), job, deadline, stop);
  std::stop_source others;
  const std::stop_callback pass_on(stop, [&] { others.request_stop(); });
  std::mutex mutex;  // guards reached and failed, until the threads are joined
  std::shared_ptr<Connection> connection;
  std::optional<NotReached> failed;
  {
    std::vector<std::jthread> threads;
    threads.reserve(transports_.size());
    for (const auto& transport : transports_) {
      threads.emplace_back([&, raw = transport.get()] {
        auto reached = reach_over(*raw, job, deadline, others.get_token());
        const std::lock_guard lock(mutex);
        if (reached) {
          if (!connection) connection = std::move(reached).value();
          others.request_stop();
        } else {
          const bool is_final = reached.error().obstacle == Obstacle::kSeveralTerminals;
          keep_most_telling(failed, std::move(reached).error());
          if (is_final) others.request_stop();
        }
      });
    }
  }
  if (connection) return connection;
  return *failed;
}

Reached<std::shared_ptr<Connection>> LinkDialer::reach_over(Transport& transport, const Job& job,
                                                            Deadline deadline, const std::stop_token& stop) {
  const Target target{job.keys.discovery, job.pairing ? job.pairing->last_address : std::string(),
                      !job.pairing};
  auto search = transport.search(target);
  if (!search) return std::move(search).error();
  // An offer is shown to one terminal after the other: two could take it at once.
  GreetingRound round(
      job.pairing ? kSideBySide : 1,
      [&](Stream stream, const std::stop_token& over) {
        const auto limit = std::min(deadline, after(options_.greeting_limit));
        return greet(std::move(stream), transport.name(), job, limit, over);
      },
      // A paired terminal that has proved its key and says no will not say yes a moment later.
      [&](const NotReached& no) { return job.pairing && no.obstacle == Obstacle::kForgotten; }, stop);
  for (;;) {
    auto stream = search.value()->next(deadline, round.decided());
    if (!stream) return round.finish(std::move(stream).error());
    round.greet(std::move(stream).value());
  }
}

Reached<std::shared_ptr<Connection>> LinkDialer::greet(Stream stream, std::string_view transport,
                                                       const Job& job, Deadline deadline,
                                                       const std::stop_token& stop) {
  const auto judge = [&](const Sha256Digest& peer) -> Result<void> {
    if (job.pairing && job.pairing->peer != peer)
      return fail(ErrorCode::kCertificateUnknown, "link: the key is not the paired terminal's");
    return ok();
  };
  const auto greeted = [&]() -> Result<std::shared_ptr<Connection>> {
    TRY(auto tls, TlsStream::connect(std::move(stream.socket), store_.identity(), judge, deadline, stop));
    const Session session = session_of(*tls, ProofBy::kMediator);
    const Hello hello{job.keys.id, options_.own_name, prove(job.keys.proof, ProofBy::kMediator, session)};
    TRY(send_control(*tls, write_hello(hello), deadline, stop));
    TRY(const Bytes answer, receive_control(*tls, deadline, stop));
    TRY(auto welcome, read_welcome(answer));
    if (!crypto::equal_constant_time(welcome.proof, prove(job.keys.proof, ProofBy::kWallet, session)))
      return fail(ErrorCode::kUnauthenticated, "link: the terminal does not hold the pairing's secret");
    Pairing pairing;
    if (job.pairing) {
      pairing = *job.pairing;
    } else {
      TRY(pairing, store_.complete_offer(job.keys.id, welcome.name, tls->peer(), clock_.now()));
    }
    TRY(store_.note_contact(pairing.id, stream.address, clock_.now()));
    pairing.last_address = stream.address;
    // Last of all, when nothing can fail any more: the others give way to a connection, not to an attempt.
    if (job.pairing && !job.claim()) return std::shared_ptr<Connection>();
    return Connection::start(std::move(tls), std::move(pairing), std::string(transport), options_.connection);
  }();
  if (greeted) return greeted.value();
  return failure_of(greeted.error());
}

}  // namespace countersign::link
