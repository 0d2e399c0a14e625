// SPDX-License-Identifier: Apache-2.0
// Data objects of a PKCS#11 card (v2.40 §4.5): what the holder keeps there beside keys.
#include <algorithm>

#include "card/pkcs11_card.h"

namespace countersign::card {
namespace {

constexpr std::string_view kApplication = "countersign";
constexpr std::size_t kMaxLabel = 64;

Template data_template() {
  Template object;
  object.number(CKA_CLASS, CKO_DATA).boolean(CKA_TOKEN, true).boolean(CKA_PRIVATE, true);
  object.text(CKA_APPLICATION, kApplication);
  return object;
}

Result<void> check_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabel)
    return fail(ErrorCode::kMalformed, "card: label of 1 to 64 characters");
  return ok();
}

}  // namespace

// Private objects are not found before log-in; that is another thing than their not being there.
Result<std::vector<CK_OBJECT_HANDLE>> Pkcs11Card::find_data(std::string_view label) {
  TRY(check_label(label));
  if (!session_->is_logged_in()) return fail(ErrorCode::kUnauthenticated, "card: not logged in");
  return session_->find(data_template().text(CKA_LABEL, label));
}

// The new object goes first: whenever card or power fails, one of the two is there whole.
Result<void> Pkcs11Card::store_data(std::string_view label, const crypto::SecretBytes& value) {
  if (value.empty() || value.size() > kMaxCardData)
    return fail(ErrorCode::kTooLarge, "card: data of 1 to 4096 octets");
  const std::lock_guard lock(mutex_);
  TRY(const auto before, find_data(label));
  TRY(session_->create(data_template().text(CKA_LABEL, label).secret(CKA_VALUE, value)));
  for (const CK_OBJECT_HANDLE object : before) {
    TRY(session_->destroy(object));
  }
  return ok();
}

Result<crypto::SecretBytes> Pkcs11Card::read_data(std::string_view label) {
  const std::lock_guard lock(mutex_);
  TRY(const auto found, find_data(label));
  if (found.empty()) return fail(ErrorCode::kNotFound, "card: no data under this label");
  TRY(auto value, session_->attribute(found.front(), CKA_VALUE));
  return crypto::SecretBytes(std::move(value));
}

Result<void> Pkcs11Card::remove_data(std::string_view label) {
  const std::lock_guard lock(mutex_);
  TRY(const auto found, find_data(label));
  if (found.empty()) return fail(ErrorCode::kNotFound, "card: no data under this label");
  for (const CK_OBJECT_HANDLE object : found) {
    TRY(session_->destroy(object));
  }
  return ok();
}

Result<std::vector<std::string>> Pkcs11Card::list_data() {
  const std::lock_guard lock(mutex_);
  if (!session_->is_logged_in()) return fail(ErrorCode::kUnauthenticated, "card: not logged in");
  TRY(const auto found, session_->find(data_template()));
  std::vector<std::string> labels;
  for (const CK_OBJECT_HANDLE object : found) {
    TRY(const auto label, session_->attribute(object, CKA_LABEL));
    labels.push_back(to_text(label));
  }
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

}  // namespace countersign::card
