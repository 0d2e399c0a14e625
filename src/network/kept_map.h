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
  Bytes signed_map;  // DER, to hand on

  // The data centre that a subscriber belongs to. kCertificateUnknown where the map has none.
  Result<const documents::MappedDataCentre*> home_of(const x509::Name& subscriber) const;
};

// KeptMap keeps the newest network map that a party has seen, in one file beside its store. It never takes an
// older one, whoever signed it, and is not used beyond its expiry. Thread-safe.
class KeptMap {
 public:
  // Opens `file`, which need not exist yet, and trusts `root`, or what maps since then have named as the root
  // that follows it. kMalformed and the like name the file.
  static Result<std::unique_ptr<KeptMap>> open(std::filesystem::path file, x509::Certificate root,
                                               const Clock& clock);

  // take verifies a signed map and keeps it, durably, before anybody uses it. kConflict for an older version,
  // or for another map of the same version; the same map once more is success without effect. kExpired for
  // one that is over.
  enum class Taken { kNewer, kSame };
  Result<Taken> take(BytesView signed_map);

  // kNotFound before there is one; kExpired once it is over: whoever gets no map answers nobody (fails
  // closed).
  Result<std::shared_ptr<const MapView>> current() const;

 private:
  KeptMap(std::filesystem::path file, x509::Certificate root, const Clock& clock);
  const std::filesystem::path file_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  x509::Certificate root_;
  std::shared_ptr<const MapView> view_;
};

}  // namespace countersign::network
