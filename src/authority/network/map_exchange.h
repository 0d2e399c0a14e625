// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/recurring.h"
#include "http/metrics.h"
#include "network/kept_map.h"

namespace countersign::authority {

// What a peer's newest answer about the network map was.
enum class MapAnswer {
  kNewer,  // it was taken
  kSame,   // what is kept
  kOlder,  // the peer is behind; not believed
  kFork,   // another map of the same version, or of a key that was succeeded: somebody signs beside the root
  kRefused,      // no map of this network, or one that is over
  kUnreachable,  // no answer, or none of a data centre that the map names
};
std::string_view map_answer_name(MapAnswer answer);

struct PeerMapState {
  x509::Name data_centre;
  MapAnswer answer;
  std::int64_t version = 0;  // that the peer sent, 0 where it is not known
  std::string detail;        // why not, for people
  TimePoint asked;
};

// MapExchange keeps the network map as new as that of the peers: it asks the data centres of the map that is
// kept, at their service URLs, over TLS with a certificate of that very data centre, and hands what comes to
// KeptMap::take. It also takes notice of a map that an operator installed. Whom to ask is the map's word
// alone: redirects are not followed. Thread-safe.
class MapExchange {
 public:
  struct Parts {
    network::KeptMap& kept;
    x509::Name data_centre;  // this one, which is not asked
    http::Metrics& metrics;
    const Clock& clock;
    // Called on the thread with each map that comes into use, however it came, before any peer is asked by
    // it.
    std::function<Result<void>()> follow = [] { return ok(); };
    std::chrono::milliseconds look_every{1000};    // at the file
    std::chrono::milliseconds ask_every{180'000};  // the peers; up to a third more or less, by chance
    std::chrono::milliseconds ask_timeout{5000};   // one peer
  };
  // All that it is given outlives it.
  explicit MapExchange(Parts parts) : parts_(std::move(parts)) {}
  // Waits for the peer that is being asked, and asks no other.
  ~MapExchange() { stopping_ = true; }

  // start begins on a thread of its own, with a first round at once; the thread ends with the object.
  void start();
  // ask_peers asks each peer once, one after the other, on the caller's thread.
  void ask_peers();
  // The newest answer of each peer that was asked, by name.
  std::vector<PeerMapState> peers() const;

 private:
  Result<void> look();
  Result<void> follow();
  PeerMapState ask(const network::MapView& view, const documents::MappedDataCentre& peer);
  Result<Bytes> fetch(const network::MapView& view, const documents::MappedDataCentre& peer) const;
  void judge(BytesView signed_map, const network::MapView& view, PeerMapState& state);
  void tell(const PeerMapState& state);

  const Parts parts_;
  TimePoint next_round_{};  // of the thread, as what follows
  std::shared_ptr<const network::MapView> followed_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<x509::Name, PeerMapState> states_;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<Recurring> thread_;  // last: ends first
};

}  // namespace countersign::authority
