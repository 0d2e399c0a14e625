// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "documents/network_map.h"
#include "network/passed_roots.h"

namespace countersign::network {

// MapView is a verified map as it is used: immutable, shared by threads.
struct MapView {
  documents::NetworkMap map;
  std::shared_ptr<const x509::TrustAnchor> anchor;  // also told of the roots passed and of the next
  Bytes signed_map;                                 // DER, to hand on
  Sha256Digest digest{};  // of the map's JSON: two maps are the same where these are

  // The data centre that a subscriber belongs to. kCertificateUnknown where the map has none.
  Result<const documents::MappedDataCentre*> home_of(const x509::Name& subscriber) const;
};

// has_retired says whether a data centre has left the network by `now`, as the map says: from then on nothing
// new is confirmed by it or with its subscribers.
bool has_retired(const documents::MappedDataCentre& data_centre, TimePoint now);
// The same as a verdict: kExpired, with name and moment.
Result<void> expect_not_retired(const documents::MappedDataCentre& data_centre, TimePoint now);

// KeptMap keeps the newest network map that a party has seen, in one file beside its store. It never takes an
// older one, whoever signed it, and is not used beyond its expiry. The roots that maps have passed to stand
// in a file of their own as well (`network-map.roots` beside `network-map.json`), which is there from the
// first one on. Thread-safe; several processes may hold the same files (they take turns by `<file>.lock`).
class KeptMap {
 public:
  // What becomes of a file that cannot be read or does not verify: the error names it, or it is put aside as
  // `<file>.spoilt`, which the log says (network_map_spoilt), and a map has to be fetched anew. Nothing of it
  // is believed either way; the roots that were passed are known by their own file. Where that one is spoilt,
  // or the disk fails, it is an error always, but that the roots are read from a map that verifies; where it
  // begins with another root than the one that was given, that is a new beginning, and it goes aside too.
  enum class Spoilt { kRefused, kSetAside };
  // Opens `file`, which need not exist yet, and trusts `root`, or what maps since then have named as the root
  // that follows it. kMalformed and the like name the file.
  static Result<std::unique_ptr<KeptMap>> open(std::filesystem::path file, x509::Certificate root,
                                               const Clock& clock, Spoilt spoilt = Spoilt::kRefused);

  // take verifies a signed map and keeps it, durably, before anybody uses it. kConflict for an older version,
  // for another map of the same version (a fork), or for a signer whom a later one has succeeded; the same
  // map once more is success without effect. kExpired for one that is over. A map of the next root is taken
  // where the map that is kept names that root; from then on the root before it is no longer trusted.
  enum class Taken { kNewer, kSame };
  Result<Taken> take(BytesView signed_map);

  // kNotFound before there is one; kExpired once it is over: whoever gets no map answers nobody (fails
  // closed).
  Result<std::shared_ptr<const MapView>> current() const;

  // The newest map even if it is over, for telling people about it; nullptr before there is one.
  std::shared_ptr<const MapView> newest() const;

  // look_again reads what another process has put into the file since. Whether that was newer; kConflict
  // where it is older than what this process has seen already, which it then keeps using. Costs one stat(2)
  // when nothing has changed.
  Result<bool> look_again();

  // The root that is trusted now: the one that was given, or the one that maps since then passed to. It never
  // goes back, whatever becomes of the file of the map.
  x509::Certificate root() const;
  // The roots that were passed, and the one that the newest map says is next.
  std::vector<x509::Certificate> other_roots() const;

  // Whether an earlier map named this CA's key, and the newest one, which names its data centre still, does
  // not. True of what this file has seen; said also once the newest is over.
  bool has_withdrawn(const x509::Certificate& ca) const;

  // By which maps are judged.
  const Clock& clock() const { return clock_; }

 private:
  // What the file says, and the view of it. Immutable once it is in use.
  struct State {
    PassedRoots passed;
    x509::Certificate root;                   // that is trusted now
    std::optional<x509::Certificate> signer;  // of the map; set where there is one
    std::shared_ptr<const MapView> view;
    std::vector<std::string> withdrawn;  // keys of CAs that maps before named; SHA-256, hex, oldest first

    std::vector<x509::Certificate> other_roots(const std::optional<documents::NextRoot>& next) const;
  };
  // Which file it was that was read last.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t seconds = 0, nanoseconds = 0, size = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  KeptMap(std::filesystem::path file, x509::Certificate root, const Clock& clock);
  Result<Stamp> stamp() const;
  std::shared_ptr<const State> state() const;
  void use(State state);
  Result<State> read_file() const;
  Result<bool> look_again_held();  // with writing_
  Result<void> put_aside(const Error& why);
  Result<void> begin(Spoilt spoilt);
  Result<State> read_roots() const;
  Result<State> judge(const State& kept, BytesView signed_map) const;
  static Result<void> expect_newer(const State& kept, const State& offered);
  Result<void> write_file(const State& state) const;
  Result<void> keep_roots(const State& before, const State& after) const;

  const std::filesystem::path file_;
  const std::filesystem::path roots_file_;
  const x509::Certificate configured_root_;
  const Clock& clock_;
  // Whoever reads or replaces the file has it, also while signatures are verified and the disk works; it
  // guards read_. Who only asks for the map does not wait for it.
  std::mutex writing_;
  Stamp read_;
  mutable std::mutex mutex_;  // guards what follows, held for moments only
  std::shared_ptr<const State> state_;
};

}  // namespace countersign::network
