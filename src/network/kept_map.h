// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "documents/network_map.h"

namespace countersign::network {

// MapView is a verified map as it is used: immutable, shared by threads.
struct MapView {
  documents::NetworkMap map;
  std::shared_ptr<const x509::TrustAnchor> anchor;
  Bytes signed_map;       // DER, to hand on
  Sha256Digest digest{};  // of the map's JSON: two maps are the same where these are

  // The data centre that a subscriber belongs to. kCertificateUnknown where the map has none.
  Result<const documents::MappedDataCentre*> home_of(const x509::Name& subscriber) const;
};

// KeptMap keeps the newest network map that a party has seen, in one file beside its store. It never takes an
// older one, whoever signed it, and is not used beyond its expiry. Thread-safe; several processes may hold
// the same file (they take turns by `<file>.lock`).
class KeptMap {
 public:
  // Opens `file`, which need not exist yet, and trusts `root`, or what maps since then have named as the root
  // that follows it. kMalformed and the like name the file.
  static Result<std::unique_ptr<KeptMap>> open(std::filesystem::path file, x509::Certificate root,
                                               const Clock& clock);

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

  // By which maps are judged.
  const Clock& clock() const { return clock_; }

 private:
  // What the file says, and the view of it. Guarded by mutex_.
  struct State {
    std::vector<documents::NextRoot> passed;  // the roots that followed the one of the first map, in order
    x509::Certificate root;                   // that is trusted now
    std::optional<x509::Certificate> signer;  // of the map; set where there is one
    std::shared_ptr<const MapView> view;
  };
  // Which file it was that was read last.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t seconds = 0, nanoseconds = 0, size = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  KeptMap(std::filesystem::path file, x509::Certificate root, const Clock& clock);
  Result<Stamp> stamp() const;
  Result<State> read_file() const;
  Result<bool> look_again_locked();
  Result<State> judge(BytesView signed_map) const;
  Result<void> expect_newer(const State& offered) const;
  Result<void> write_file(const State& state) const;

  const std::filesystem::path file_;
  const x509::Certificate configured_root_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows; held while the file is written
  State state_;
  Stamp read_;
};

}  // namespace countersign::network
