// SPDX-License-Identifier: Apache-2.0
#include "card/pkcs11_card.h"

#include <algorithm>
#include <set>

#include "card/keys_only_card.h"
#include "card/soft_token_copies.h"
#include "card/token_key.h"

namespace countersign::card {
namespace {

std::string_view label_of(KeyUse use) {
  return use == KeyUse::kSigning ? "signing" : "agreement";
}

KeyUse use_of(const x509::Certificate& certificate) {
  return certificate.role() == x509::Role::kPurchaserAgreement ? KeyUse::kAgreement : KeyUse::kSigning;
}

enum class KeyMaker { kCard, kElsewhere };

// A key that the card makes signs its own PKCS#10 request (RFC 2986 §4.2), an agreement key too; what that
// one signs otherwise is refused for its certificate's key usage.
Template private_key_template(KeyUse use, BytesView id, KeyMaker maker) {
  const bool signs = use == KeyUse::kSigning || maker == KeyMaker::kCard;
  Template object;
  object.number(CKA_CLASS, CKO_PRIVATE_KEY).number(CKA_KEY_TYPE, CKK_EC).boolean(CKA_TOKEN, true);
  object.boolean(CKA_PRIVATE, true).boolean(CKA_SENSITIVE, true).boolean(CKA_EXTRACTABLE, false);
  object.boolean(CKA_SIGN, signs).boolean(CKA_DERIVE, use == KeyUse::kAgreement);
  object.bytes(CKA_ID, id).text(CKA_LABEL, label_of(use));
  return object;
}

Template public_key_template(KeyUse use, BytesView id) {
  Template object;
  object.number(CKA_CLASS, CKO_PUBLIC_KEY).number(CKA_KEY_TYPE, CKK_EC).boolean(CKA_TOKEN, true);
  object.boolean(CKA_PRIVATE, false).boolean(CKA_VERIFY, use == KeyUse::kSigning);
  object.bytes(CKA_EC_PARAMS, p256_parameters()).bytes(CKA_ID, id).text(CKA_LABEL, label_of(use));
  return object;
}

// CKA_SERIAL_NUMBER is the DER INTEGER (PKCS#11 v2.40 §4.6.3).
Bytes der_serial(const x509::SerialNumber& serial) {
  Bytes content = serial.bytes();
  if (content.empty() || (content[0] & 0x80) != 0) content.insert(content.begin(), 0);
  content.insert(content.begin(), {0x02, static_cast<std::uint8_t>(content.size())});
  return content;
}

Template certificate_template(const x509::Certificate& certificate, BytesView id) {
  Template object;
  object.number(CKA_CLASS, CKO_CERTIFICATE).number(CKA_CERTIFICATE_TYPE, CKC_X_509).boolean(CKA_TOKEN, true);
  object.boolean(CKA_PRIVATE, false).bytes(CKA_ID, id).text(CKA_LABEL, label_of(use_of(certificate)));
  object.bytes(CKA_SUBJECT, certificate.subject().der()).bytes(CKA_ISSUER, certificate.issuer().der());
  object.bytes(CKA_SERIAL_NUMBER, der_serial(certificate.serial())).bytes(CKA_VALUE, certificate.der());
  return object;
}

bool is_pin_verdict(const Error& error) {
  return error.code == ErrorCode::kWrongPin || error.code == ErrorCode::kPinLocked;
}

}  // namespace

template <typename Try>
Result<void> Pkcs11Card::count_try(Try&& try_pin) {
  if (info_.counts_tries) return try_pin();
  TRY(auto attempt, tries_.begin());
  auto tried = try_pin();
  if (tried) return attempt.succeed();
  if (!is_pin_verdict(tried.error())) {
    TRY(attempt.withdraw());
    return tried;
  }
  if (attempt.left() == 0) return fail(ErrorCode::kPinLocked, "that was the last try");
  return fail(ErrorCode::kWrongPin, std::to_string(attempt.left()) + " tries left");
}

std::optional<int> Pkcs11Card::tries_left() const {
  if (!info_.counts_tries) {
    const auto left = tries_.left();
    return left ? std::optional<int>(left.value()) : 0;
  }
  const auto token = session_->module().token_info(session_->slot());
  if (!token) return std::nullopt;
  if ((token.value().flags & CKF_USER_PIN_LOCKED) != 0) return 0;
  if ((token.value().flags & CKF_USER_PIN_FINAL_TRY) != 0) return 1;
  return std::nullopt;
}

Result<void> Pkcs11Card::log_in(const crypto::SecretBytes& pin) {
  TRY(keep_copies());
  return count_try([&] { return session_->log_in(pin); });
}

Result<void> Pkcs11Card::change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) {
  if (new_pin.size() < 4 || new_pin.size() > 64)
    return fail(ErrorCode::kMalformed, "PIN: 4 to 64 characters");
  TRY(keep_copies());
  TRY(count_try([&] { return session_->set_pin(old_pin, new_pin); }));
  return keep_copies();
}

Result<void> Pkcs11Card::keep_copies() const {
  return token_folder_.empty() ? ok() : card::keep_copies(token_folder_);
}

Result<std::optional<CK_OBJECT_HANDLE>> Pkcs11Card::find(CK_OBJECT_CLASS object_class, BytesView key_id) {
  Template wanted;
  wanted.number(CKA_CLASS, object_class).bytes(CKA_ID, key_id);
  TRY(const auto found, session_->find(wanted));
  if (found.empty()) return std::optional<CK_OBJECT_HANDLE>();
  return std::optional(found.front());
}

Result<Bytes> Pkcs11Card::free_key_id(KeyUse use) {
  std::set<Bytes> taken;
  for (const CK_OBJECT_CLASS object_class : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_CERTIFICATE}) {
    Template wanted;
    wanted.number(CKA_CLASS, object_class);
    TRY(const auto objects, session_->find(wanted));
    for (const auto object : objects) {
      TRY(auto id, session_->attribute(object, CKA_ID));
      taken.insert(std::move(id));
    }
  }
  for (unsigned id = use == KeyUse::kSigning ? 1 : 2; id < 256; id += 2) {
    Bytes candidate{static_cast<std::uint8_t>(id)};
    if (!taken.contains(candidate)) return candidate;
  }
  return fail(ErrorCode::kStorageFull, "card: no key identifier left");
}

Result<std::optional<Bytes>> Pkcs11Card::find_id_of(const crypto::PublicKey& key) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_PUBLIC_KEY).bytes(CKA_EC_POINT, ec_point_of(key));
  TRY(const auto found, session_->find(wanted));
  if (found.empty()) return std::optional<Bytes>();
  TRY(auto id, session_->attribute(found.front(), CKA_ID));
  return std::optional(std::move(id));
}

// The public key goes first: when the card or the power fails in between, the next import finds its
// identifier again.
Result<std::string> Pkcs11Card::import_key(KeyUse use, const crypto::PrivateKey& key,
                                           const x509::Certificate& certificate) {
  if (!(certificate.public_key() == key.public_key())) {
    return fail(ErrorCode::kConflict, "certificate and key do not belong together");
  }
  const std::lock_guard lock(mutex_);
  TRY(const auto scalar, private_scalar_of(key));
  TRY(auto known, find_id_of(key.public_key()));
  Bytes id;
  if (known) {
    id = *known;
  } else {
    TRY(id, free_key_id(use));
    TRY(session_->create(public_key_template(use, id).bytes(CKA_EC_POINT, ec_point_of(key.public_key()))));
  }
  TRY(const auto stored, find(CKO_PRIVATE_KEY, id));
  if (!stored) {
    auto object = private_key_template(use, id, KeyMaker::kElsewhere);
    object.bytes(CKA_EC_PARAMS, p256_parameters()).secret(CKA_VALUE, scalar);
    TRY(session_->create(object));
  }
  TRY(store_certificate(hex_encode(id), certificate));
  return hex_encode(id);
}

Result<std::string> Pkcs11Card::generate_key(KeyUse use) {
  const std::lock_guard lock(mutex_);
  TRY(const auto id, free_key_id(use));
  TRY(session_->generate_pair(CKM_EC_KEY_PAIR_GEN, public_key_template(use, id),
                              private_key_template(use, id, KeyMaker::kCard)));
  return hex_encode(id);
}

Result<std::vector<std::string>> Pkcs11Card::keys_for(KeyUse use) {
  if (!session_->is_logged_in()) return fail(ErrorCode::kUnauthenticated, "card: not logged in");
  Template wanted;
  wanted.number(CKA_CLASS, CKO_PRIVATE_KEY).number(CKA_KEY_TYPE, CKK_EC);
  wanted.boolean(use == KeyUse::kSigning ? CKA_SIGN : CKA_DERIVE, true);
  TRY(const auto objects, session_->find(wanted));
  std::vector<std::string> ids;
  for (const auto object : objects) {
    TRY(const auto id, session_->attribute(object, CKA_ID));
    ids.push_back(hex_encode(id));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<void> Pkcs11Card::store_certificate(std::string_view key_id, const x509::Certificate& certificate) {
  TRY(const auto id, hex_decode(key_id));
  TRY(const auto key, public_key(id));
  if (!(key == certificate.public_key())) {
    return fail(ErrorCode::kConflict, "certificate and key on the card do not belong together");
  }
  TRY(const auto stored, find(CKO_CERTIFICATE, id));
  if (stored) {
    TRY(const auto der, session_->attribute(*stored, CKA_VALUE));
    if (der == certificate.der()) return ok();
    TRY(session_->destroy(*stored));
  }
  TRY(session_->create(certificate_template(certificate, id)));
  return ok();
}

Result<std::vector<StoredCertificate>> Pkcs11Card::certificates() {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_CERTIFICATE);
  TRY(const auto objects, session_->find(wanted));
  std::vector<StoredCertificate> stored;
  for (const auto object : objects) {
    TRY(const auto der, session_->attribute(object, CKA_VALUE));
    TRY(const auto id, session_->attribute(object, CKA_ID));
    // Cards may hold certificates of other networks; those are not ours to list.
    auto certificate = x509::Certificate::from_der(der);
    if (certificate)
      stored.push_back({use_of(certificate.value()), hex_encode(id), std::move(certificate).value()});
  }
  return stored;
}

// Drivers of some cards show no public-key objects; there the certificate tells the key.
Result<crypto::PublicKey> Pkcs11Card::public_key(BytesView key_id) {
  TRY(const auto object, find(CKO_PUBLIC_KEY, key_id));
  if (object) {
    TRY(const auto point, session_->attribute(*object, CKA_EC_POINT));
    return public_key_of_point(point);
  }
  TRY(const auto stored, find(CKO_CERTIFICATE, key_id));
  if (!stored) return fail(ErrorCode::kNotFound, "card: no such key");
  TRY(const auto der, session_->attribute(*stored, CKA_VALUE));
  TRY(const auto certificate, x509::Certificate::from_der(der));
  return certificate.public_key();
}

Result<crypto::PrivateKey> Pkcs11Card::private_key(std::string_view key_id) {
  TRY(const auto id, hex_decode(key_id));
  TRY(const auto key, public_key(id));
  return make_token_key(session_, id, key);
}

Result<bool> Pkcs11Card::can_sign(std::string_view key_id) {
  if (!session_->is_logged_in()) return fail(ErrorCode::kUnauthenticated, "card: not logged in");
  TRY(const auto id, hex_decode(key_id));
  TRY(const auto object, find(CKO_PRIVATE_KEY, id));
  if (!object) return fail(ErrorCode::kNotFound, "card: no such key");
  TRY(const auto signs, session_->attribute(*object, CKA_SIGN));
  return signs == Bytes{CK_TRUE};
}

Result<void> Pkcs11Card::remove_key(std::string_view key_id) {
  TRY(const auto id, hex_decode(key_id));
  const std::lock_guard lock(mutex_);
  bool found = false;
  for (const CK_OBJECT_CLASS object_class : {CKO_PRIVATE_KEY, CKO_CERTIFICATE, CKO_PUBLIC_KEY}) {
    TRY(const auto object, find(object_class, id));
    if (!object) continue;
    TRY(session_->destroy(*object));
    found = true;
  }
  if (!found) return fail(ErrorCode::kNotFound, "card: no such key");
  return ok();
}

Result<std::unique_ptr<Card>> open_pkcs11_card(const Pkcs11Options& options) {
  TRY(auto module, Module::load(options.module_path));
  TRY(const auto slot, module->find_token(options.token_label));
  TRY(const auto token, module->token_info(slot));
  const std::string manufacturer = token_text(token.manufacturerID);
  // SoftHSM2 keeps its keys in files and never locks.
  const bool is_software = manufacturer.starts_with("SoftHSM");
  CardInfo info{token_text(token.label), manufacturer, token_text(token.serialNumber), !is_software,
                !is_software};
  if (!info.counts_tries && (options.tries_file.empty() || options.max_tries < 1 || options.max_tries > 9)) {
    return fail(ErrorCode::kMalformed, "a token that never locks needs a tries_file and 1 to 9 tries");
  }
  TRY(auto session, Session::open(std::move(module), slot));
  auto card =
      std::make_unique<Pkcs11Card>(std::move(session), std::move(info),
                                   PinTries(options.tries_file, options.max_tries), options.token_folder);
  if (options.certificates_folder.empty()) return std::unique_ptr<Card>(std::move(card));
  return std::unique_ptr<Card>(std::make_unique<KeysOnlyCard>(std::move(card), options.certificates_folder));
}

}  // namespace countersign::card
