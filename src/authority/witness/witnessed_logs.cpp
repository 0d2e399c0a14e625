// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witnessed_logs.h"

namespace countersign::authority {

using checkpoint::VerifierKey;

Result<WitnessedLogs> WitnessedLogs::create(const std::vector<std::string>& listed, CurrentMap current,
                                            x509::Name own, const Clock& clock) {
  Keys keys;
  for (const std::string& text : listed) {
    TRY(VerifierKey key, VerifierKey::parse(text));
    if (key.type != checkpoint::KeyType::kEd25519)
      return fail(ErrorCode::kUnsupported, "the key of the log " + key.name + " signs no checkpoints");
    if (const auto [place, is_new] = keys.emplace(key.name, key); !is_new)
      return fail(ErrorCode::kConflict, "two keys of the log " + key.name);
  }
  return WitnessedLogs(std::move(keys), std::move(current), std::move(own), clock);
}

std::optional<VerifierKey> WitnessedLogs::key_of(std::string_view origin) const {
  if (const auto listed = listed_.find(origin); listed != listed_.end()) return listed->second;
  const auto view = current_();
  if (!view) return std::nullopt;
  for (const documents::MappedDataCentre& centre : view.value()->map.data_centres) {
    if (!centre.log || centre.log->origin != origin) continue;
    if (centre.name == own_ || network::has_retired(centre, clock_->now())) return std::nullopt;
    return centre.log->key;
  }
  return std::nullopt;
}

}  // namespace countersign::authority
