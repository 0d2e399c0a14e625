// SPDX-License-Identifier: Apache-2.0
#include "documents/dialogue_session.h"

#include "crypto/digest.h"
#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kOfferLimits{.bytes = 8 << 10, .depth = 1, .members = 16};
constexpr JsonLimits kSecretsLimits{.bytes = 256 << 10, .depth = 1, .members = 8, .wiped = true};
constexpr std::size_t kSessionKey = 32;
constexpr std::size_t kMaxOrder = 128 << 10;
constexpr std::string_view kDirection = "wallet to gateway";
constexpr crypto::SecretAccess kAccess{};

}  // namespace

Result<Bytes> write_session_offer(const SessionOffer& offer) {
  boost::json::object object = begin_document("session-offer");
  object["session"] = offer.session;
  object["walletNonce"] = hex_encode(offer.wallet_nonce);
  object["origin"] = offer.origin;
  object["checkout"] = offer.checkout;
  object["merchant"] = hex_encode(offer.merchant);
  object["purchaser"] = hex_encode(offer.purchaser);
  object["agreement"] = hex_encode(offer.agreement);
  object["envelope"] = hex_encode(offer.envelope);
  object["expires"] = format_time(offer.expires);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_session_offer(bytes));
  return bytes;
}

Result<SessionOffer> parse_session_offer(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "offer", kOfferLimits));
  TRY(reader.expect("session-offer", 1));
  SessionOffer offer;
  TRY(offer.session, read_uuid(reader, "session", '7'));
  TRY(offer.wallet_nonce, reader.digest("walletNonce"));
  TRY(offer.origin, reader.text("origin", 300));
  if (!is_https_origin(offer.origin)) return fail(ErrorCode::kMalformed, "offer.origin: not an https origin");
  TRY(offer.checkout, reader.text("checkout", kMaxId));
  TRY(offer.merchant, reader.digest("merchant"));
  TRY(offer.purchaser, reader.digest("purchaser"));
  TRY(offer.agreement, reader.digest("agreement"));
  TRY(offer.envelope, reader.digest("envelope"));
  TRY(offer.expires, reader.time("expires"));
  TRY(reader.finish());
  return offer;
}

Result<crypto::SecretBytes> write_session_secrets(const SessionSecrets& secrets) {
  boost::json::object object(begin_document("session-secrets"), wiped_storage());
  object["session"] = secrets.session;
  std::string key = base64_encode(secrets.session_key.reveal(kAccess));
  object["sessionKey"] = key;
  crypto::wipe({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  object["order"] = base64_encode(secrets.order);
  crypto::SecretBytes bytes = write_secret_json(object);
  TRY(parse_session_secrets(bytes));
  return bytes;
}

Result<SessionSecrets> parse_session_secrets(const crypto::SecretBytes& json) {
  TRY(ObjectReader reader, ObjectReader::parse(json.reveal(kAccess), "secrets", kSecretsLimits));
  TRY(reader.expect("session-secrets", 1));
  TRY(std::string session, read_uuid(reader, "session", '7'));
  TRY(Bytes key, reader.base64("sessionKey", kSessionKey));
  crypto::SecretBytes session_key(std::move(key));
  if (session_key.size() != kSessionKey)
    return fail(ErrorCode::kMalformed, "secrets.sessionKey: not 32 bytes");
  TRY(Bytes order, reader.base64("order", kMaxOrder));
  TRY(reader.finish());
  return SessionSecrets{std::move(session), std::move(session_key), std::move(order)};
}

crypto::SecretBytes derive_payment_key(const crypto::SecretBytes& session_key, BytesView tls_exporter) {
  return crypto::derive_key(session_key, tls_exporter, kDirection, kSessionKey);
}

}  // namespace countersign::documents
