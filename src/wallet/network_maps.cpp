// SPDX-License-Identifier: Apache-2.0
#include "wallet/network_maps.h"

#include "base/log.h"
#include "storage/file.h"

namespace countersign::wallet {

std::filesystem::path NetworkMaps::file_of(const x509::Certificate& root) const {
  return folder_ / ("network-map-" + hex_encode(root.fingerprint()) + ".json");
}

std::shared_ptr<network::KeptMap> NetworkMaps::of(const x509::Certificate& root) {
  const Sha256Digest fingerprint = root.fingerprint();
  const std::lock_guard lock(mutex_);
  if (const auto known = kept_.find(fingerprint); known != kept_.end()) {
    // What another process keeps newer; what it spoilt is passed over while this one has a good one.
    if (const auto looked = known->second->look_again(); !looked) log_error("network_map", looked.error());
    return known->second;
  }
  auto opened = network::KeptMap::open(file_of(root), root, clock_, network::KeptMap::Spoilt::kSetAside);
  if (!opened) {
    log_error("network_map", opened.error());
    return nullptr;
  }
  return kept_.emplace(fingerprint, std::move(opened).value()).first->second;
}

void NetworkMaps::hand_on(const x509::Certificate& root, const x509::Certificate& next) const {
  constexpr std::size_t kMostKept = 4 << 20;
  if (std::filesystem::exists(file_of(next))) return;
  const auto kept = storage::read_file(file_of(root), kMostKept);
  const auto handed = kept ? storage::write_file(file_of(next), kept.value(), storage::FileMode::kPublic)
                           : Result<void>(fail(kept.error()));
  if (!handed) log_error("network_map", handed.error());
}

}  // namespace countersign::wallet
