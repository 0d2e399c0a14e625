// SPDX-License-Identifier: Apache-2.0
#include "wallet/network_maps.h"

#include "base/log.h"

namespace countersign::wallet {

std::shared_ptr<network::KeptMap> NetworkMaps::of(const x509::Certificate& root) {
  const Sha256Digest fingerprint = root.fingerprint();
  const std::lock_guard lock(mutex_);
  if (const auto known = kept_.find(fingerprint); known != kept_.end()) {
    // What another process keeps newer; what it spoilt is passed over while this one has a good one.
    if (const auto looked = known->second->look_again(); !looked) log_error("network_map", looked.error());
    return known->second;
  }
  auto opened =
      network::KeptMap::open(folder_ / ("network-map-" + hex_encode(fingerprint) + ".json"), root, clock_);
  if (!opened) {
    log_error("network_map", opened.error());
    return nullptr;
  }
  return kept_.emplace(fingerprint, std::move(opened).value()).first->second;
}

}  // namespace countersign::wallet
