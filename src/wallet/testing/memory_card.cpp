// SPDX-License-Identifier: Apache-2.0
#include "wallet/testing/memory_card.h"

#include "crypto/agreement.h"

namespace countersign::wallet {

Result<void> MemoryCard::log_in(const crypto::SecretBytes& pin) {
  logged_in_ = false;
  if (tries_ == 0) return fail(ErrorCode::kPinLocked, "no tries left");
  if (as_text(pin.reveal(crypto::SecretAccess())) != pin_) {
    --tries_;
    return fail(ErrorCode::kWrongPin, std::to_string(tries_) + " tries left");
  }
  tries_ = 3;
  logged_in_ = true;
  return ok();
}

Result<void> MemoryCard::change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) {
  TRY(log_in(old_pin));
  log_out();
  pin_ = to_text(new_pin.reveal(crypto::SecretAccess()));
  return ok();
}

Result<std::string> MemoryCard::import_key(card::KeyUse use, const crypto::PrivateKey& key,
                                           const x509::Certificate& certificate) {
  if (!logged_in_) return fail(ErrorCode::kForbidden, "not logged in");
  if (fail_imports_after == 0) return fail(ErrorCode::kUnavailable, "the card was removed");
  if (fail_imports_after > 0) --fail_imports_after;
  for (const auto& [id, slot] : keys_) {
    if (slot.key.public_key() == key.public_key()) return id;
  }
  const std::string id = "0" + std::to_string(keys_.size() + 1);
  keys_.emplace(id, Slot{use, key, {certificate}});
  return id;
}

Result<std::string> MemoryCard::generate_key(card::KeyUse use) {
  if (!logged_in_) return fail(ErrorCode::kForbidden, "not logged in");
  for (const auto& [id, slot] : keys_) {
    if (keeps_keys && slot.use == use) return id;
  }
  const std::string id = "0" + std::to_string(keys_.size() + 1);
  keys_.emplace(id, Slot{use, crypto::PrivateKey::generate(crypto::KeyKind::kP256), {}});
  return id;
}

Result<void> MemoryCard::store_certificate(std::string_view key_id, const x509::Certificate& certificate) {
  const auto slot = keys_.find(key_id);
  if (slot == keys_.end()) return fail(ErrorCode::kNotFound, "no such key");
  auto& certificates = slot->second.certificates;
  if (!keeps_keys) certificates.clear();
  certificates.insert(certificates.begin(), certificate);
  return ok();
}

Result<std::vector<card::StoredCertificate>> MemoryCard::certificates() {
  auto stored = foreign;
  for (const auto& [id, slot] : keys_) {
    for (const auto& certificate : slot.certificates) stored.push_back({slot.use, id, certificate});
  }
  return stored;
}

Result<crypto::PrivateKey> MemoryCard::private_key(std::string_view key_id) {
  if (!logged_in_) return fail(ErrorCode::kForbidden, "not logged in");
  const auto slot = keys_.find(key_id);
  if (slot == keys_.end()) return fail(ErrorCode::kNotFound, "no such key");
  return slot->second.key;
}

Result<bool> MemoryCard::can_sign(std::string_view key_id) {
  if (!logged_in_) return fail(ErrorCode::kUnauthenticated, "not logged in");
  const auto slot = keys_.find(key_id);
  if (slot == keys_.end()) return fail(ErrorCode::kNotFound, "no such key");
  return slot->second.use == card::KeyUse::kSigning || agreement_signs;
}

Result<void> MemoryCard::remove_key(std::string_view key_id) {
  const auto slot = keys_.find(key_id);
  if (slot == keys_.end()) return fail(ErrorCode::kNotFound, "no such key");
  keys_.erase(slot);
  return ok();
}

Result<void> MemoryCard::store_data(std::string_view label, const crypto::SecretBytes& value) {
  if (!logged_in_) return fail(ErrorCode::kUnauthenticated, "not logged in");
  if (!takes_data) return fail(ErrorCode::kUnsupported, "takes no objects");
  data_.insert_or_assign(std::string(label), value.clone());
  return ok();
}

Result<crypto::SecretBytes> MemoryCard::read_data(std::string_view label) {
  if (!logged_in_) return fail(ErrorCode::kUnauthenticated, "not logged in");
  const auto found = data_.find(label);
  if (found == data_.end()) return fail(ErrorCode::kNotFound, "no such data");
  return found->second.clone();
}

Result<void> MemoryCard::remove_data(std::string_view label) {
  if (!logged_in_) return fail(ErrorCode::kUnauthenticated, "not logged in");
  const auto found = data_.find(label);
  if (found == data_.end()) return fail(ErrorCode::kNotFound, "no such data");
  data_.erase(found);
  return ok();
}

Result<std::vector<std::string>> MemoryCard::list_data() {
  if (!logged_in_) return fail(ErrorCode::kUnauthenticated, "not logged in");
  std::vector<std::string> labels;
  labels.reserve(data_.size());
  for (const auto& entry : data_) labels.push_back(entry.first);
  return labels;
}

}  // namespace countersign::wallet
