// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/key_delivery.h"

#include "authority/issuing/mailed_secret.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "x509/pkcs12.h"

namespace countersign::authority {

namespace {

Result<x509::Certificate> certify(const AuthorityContext& context, const PairOrder& order, x509::Role role,
                                  const crypto::PublicKey& key, x509::KeyOrigin origin) {
  return make_certificate(context, {.role = role,
                                    .subject = order.subject,
                                    .key = key,
                                    .alternative_names = {},
                                    .key_origin = origin,
                                    .registered_by = order.registered_by,
                                    .entry = {},
                                    .actor = {}});
}

Result<CertificatePair> make_pair(const AuthorityContext& context, const PairOrder& order,
                                  const crypto::PublicKey& signing, const crypto::PublicKey& agreement,
                                  x509::KeyOrigin origin) {
  TRY(auto first, certify(context, order, x509::Role::kPurchaser, signing, origin));
  TRY(auto second, certify(context, order, x509::Role::kPurchaserAgreement, agreement, origin));
  return CertificatePair{std::move(first), std::move(second)};
}

}  // namespace

std::string delivery_key_name(std::string_view enrolment, std::int64_t attempt) {
  return "enrolment-" + std::string(enrolment) + "-" + std::to_string(attempt);
}

Result<CertificatePair> make_pair_for(const AuthorityContext& context, const PairOrder& order,
                                      const crypto::PublicKey& signing, const crypto::PublicKey& agreement) {
  return make_pair(context, order, signing, agreement, x509::KeyOrigin::kHolder);
}

Result<KeyDelivery> make_key_delivery(const AuthorityContext& context, const storage::SecretFolder& file_keys,
                                      const PairOrder& order, const std::string& key_name) {
  const auto signing = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  TRY(auto pair,
      make_pair(context, order, signing.public_key(), agreement.public_key(), x509::KeyOrigin::kAuthority));
  x509::KeyFile file;
  file.keys.push_back({signing, pair.signing});
  file.keys.push_back({agreement, pair.agreement});
  file.authorities = authorities_of(context.keys);
  auto password = random_mailed_password();
  TRY(const auto pkcs12, x509::make_pkcs12(file, password, order.subject.value_of("UID")));
  TRY(const auto key, file_keys.load_or_create(key_name, crypto::kSealKeySize));
  return KeyDelivery{std::move(pair), crypto::seal(key, pkcs12, key_name), std::move(password)};
}

Result<std::string> delivery_token(const storage::SecretFolder& file_keys, const std::string& key_name) {
  TRY(const auto key, file_keys.load(key_name));
  const auto token = crypto::derive_key(key, "countersign enrolment token", 32);
  return base64url_encode(token.reveal(crypto::SecretAccess{}));
}

Result<Bytes> open_key_file(const storage::SecretFolder& file_keys, const std::string& key_name,
                            BytesView sealed) {
  TRY(const auto key, file_keys.load(key_name));
  TRY(const auto file, crypto::open_sealed(key, sealed, key_name));
  return to_bytes(file.reveal(crypto::SecretAccess{}));
}

}  // namespace countersign::authority
