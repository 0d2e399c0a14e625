// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "network/kept_map.h"

namespace countersign::wallet {

// NetworkMaps keeps the network maps of a wallet, one file in its folder for each network that it belongs to,
// by the fingerprint of the root that its enrolment pinned. Thread-safe; other processes may hold the same
// folder.
class NetworkMaps {
 public:
  NetworkMaps(std::filesystem::path folder, const Clock& clock) : folder_(std::move(folder)), clock_(clock) {}

  // That of the network with this root, as it is in the file now; a spoilt file is put aside, and said in the
  // log. Null, and said there, where it cannot be read, or where nobody can tell which roots were passed.
  std::shared_ptr<network::KeptMap> of(const x509::Certificate& root);
  // An enrolment below `next`, which the network of `root` has passed to, begins with the map that is kept
  // and with the roots that were passed. Where it cannot, it begins without; said in the log.
  void hand_on(const x509::Certificate& root, const x509::Certificate& next) const;

 private:
  std::filesystem::path file_of(const x509::Certificate& root) const;

  const std::filesystem::path folder_;
  const Clock& clock_;
  std::mutex mutex_;  // guards kept_
  std::map<Sha256Digest, std::shared_ptr<network::KeptMap>> kept_;
};

}  // namespace countersign::wallet
