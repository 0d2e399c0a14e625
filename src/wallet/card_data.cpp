// SPDX-License-Identifier: Apache-2.0
#include "wallet/card_data.h"

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "x509/cms_envelope.h"

namespace countersign::wallet {
namespace {

std::string setting_of(std::string_view label) {
  return "card-data " + std::string(label);
}

}  // namespace

Result<void> CardData::store(std::string_view label, const crypto::SecretBytes& value) {
  auto stored = parties_.card.store_data(label, value);
  if (stored || stored.error().code != ErrorCode::kUnsupported) return stored;
  TRY(const auto identity, find_identity(parties_));
  TRY(const auto envelope, x509::seal_to(identity.agreement, value));
  return keep_sealed(label, envelope);
}

Result<crypto::SecretBytes> CardData::read(std::string_view label) {
  auto stored = parties_.card.read_data(label);
  const bool is_elsewhere = !stored && (stored.error().code == ErrorCode::kNotFound ||
                                        stored.error().code == ErrorCode::kUnsupported);
  if (!is_elsewhere) return stored;
  TRY(const auto envelope, sealed(label));
  if (envelope.empty()) return fail(ErrorCode::kNotFound, "card: no data under this label");
  return open(envelope);
}

Result<void> CardData::remove(std::string_view label) {
  TRY(const auto envelope, sealed(label));
  if (envelope.empty()) return parties_.card.remove_data(label);
  return keep_sealed(label, {});
}

Result<std::vector<std::string>> CardData::held(const std::vector<std::string>& labels) {
  auto on_card = parties_.card.list_data();
  if (!on_card && on_card.error().code != ErrorCode::kUnsupported) return fail(on_card.error());
  std::vector<std::string> found;
  for (const auto& label : labels) {
    const auto envelope = sealed(label);
    if (!envelope && envelope.error().code != ErrorCode::kMalformed) return fail(envelope.error());
    if (!envelope) log_error("card_data_passed_over", envelope.error());
    const bool is_on_card =
        on_card && std::find(on_card.value().begin(), on_card.value().end(), label) != on_card.value().end();
    if (is_on_card || (envelope && !envelope.value().empty())) found.push_back(label);
  }
  return found;
}

Result<Bytes> CardData::sealed(std::string_view label) {
  TRY(const auto text, parties_.store.setting(setting_of(label), ""));
  return base64_decode(text);
}

Result<void> CardData::keep_sealed(std::string_view label, BytesView envelope) {
  return parties_.store.keep_setting(setting_of(label), base64_encode(envelope));
}

// The key may be one that a renewal has replaced since. Certificates of keys that this card does not have are
// passed over. kMalformed, which blames the envelope, is for the last: another key might have opened it.
Result<crypto::SecretBytes> CardData::open(BytesView envelope) {
  TRY(auto stored, parties_.card.certificates());
  std::optional<Error> refused;
  const auto keep = [&refused](const Error& error) {
    if (!refused || refused->code == ErrorCode::kMalformed) refused = error;
  };
  for (const auto& candidate : stored) {
    if (candidate.use != card::KeyUse::kAgreement) continue;
    auto key = parties_.card.private_key(candidate.key_id);
    if (!key) {
      log_error("card_certificate_passed_over", key.error(), {{"key", candidate.key_id}});
      if (key.error().code != ErrorCode::kNotFound) keep(key.error());
      continue;
    }
    auto opened =
        x509::open_sealed_to(candidate.certificate, x509::agreement_by(std::move(key).value()), envelope);
    if (opened) return opened;
    keep(opened.error());
  }
  if (!refused) return fail(ErrorCode::kUnavailable, "card: no certificate of its agreement key");
  return fail(std::move(*refused));
}

}  // namespace countersign::wallet
