// SPDX-License-Identifier: Apache-2.0
#include "documents/request.h"

#include <array>

#include "documents/fields.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kRequestLimits{.bytes = 32 << 10, .depth = 2, .members = 64};
constexpr std::size_t kMaxPkcs10 = 8 << 10;
constexpr std::array kActions = {HolderAction::kFindConfirmation, HolderAction::kListCertificates,
                                 HolderAction::kSuspend, HolderAction::kRenew, HolderAction::kChangeAddress};

Result<HolderAction> read_action(ObjectReader& reader) {
  TRY(const std::string name, reader.text("action", 32));
  for (const HolderAction action : kActions)
    if (action_name(action) == name) return action;
  return fail(ErrorCode::kUnsupported, "holderRequest.action: not known");
}

Result<void> read_order(ObjectReader& reader, HolderRequest& request) {
  TRY(ObjectReader order, reader.object("order"));
  TRY(request.order_id, read_uuid(order, "id", '7'));
  TRY(request.order_digest, order.digest("digest"));
  return order.finish();
}

// Without requests the authority makes the keys; an agreement key that cannot sign has none of its own.
Result<void> read_key_requests(ObjectReader& reader, HolderRequest& request) {
  TRY(const std::optional<ObjectReader> present, reader.object_or_null("keys"));
  if (!present) return ok();
  TRY(ObjectReader keys, reader.object("keys"));
  TRY(request.signing_request, keys.base64("signing", kMaxPkcs10));
  if (request.signing_request.empty()) return fail(ErrorCode::kMalformed, "holderRequest.keys: empty");
  TRY(auto agreement, read_base64_or_null(keys, "agreement", kMaxPkcs10));
  request.agreement_request = std::move(agreement).value_or(Bytes{});
  return keys.finish();
}

// The members that only one action has; those of other actions are unknown members and refused as such.
Result<void> read_particulars(ObjectReader& reader, HolderRequest& request) {
  switch (request.action) {
    case HolderAction::kFindConfirmation:
      return read_order(reader, request);
    case HolderAction::kRenew:
      return read_key_requests(reader, request);
    case HolderAction::kChangeAddress: {
      TRY(request.email, read_mail_address(reader, "email"));
      return ok();
    }
    case HolderAction::kListCertificates:
    case HolderAction::kSuspend:
      return ok();
  }
  return ok();
}

void write_particulars(boost::json::object& object, const HolderRequest& request) {
  if (request.action == HolderAction::kFindConfirmation) {
    object["order"] = {{"id", request.order_id},
                       {"digest", hex_encode(request.order_digest.value_or(Sha256Digest{}))}};
  } else if (request.action == HolderAction::kChangeAddress) {
    object["email"] = request.email;
  } else if (request.action == HolderAction::kRenew) {
    object["keys"] = nullptr;
    if (!request.signing_request.empty() || !request.agreement_request.empty()) {
      boost::json::object keys{{"signing", base64_encode(request.signing_request)}, {"agreement", nullptr}};
      if (!request.agreement_request.empty()) keys["agreement"] = base64_encode(request.agreement_request);
      object["keys"] = std::move(keys);
    }
  }
}

}  // namespace

std::string_view action_name(HolderAction action) {
  switch (action) {
    case HolderAction::kFindConfirmation:
      return "find-confirmation";
    case HolderAction::kListCertificates:
      return "list-certificates";
    case HolderAction::kSuspend:
      return "suspend";
    case HolderAction::kRenew:
      return "renew";
    case HolderAction::kChangeAddress:
      return "change-address";
  }
  return "";
}

Result<Bytes> write_holder_request(const HolderRequest& request) {
  if (request.action == HolderAction::kFindConfirmation && !request.order_digest)
    return fail(ErrorCode::kMalformed, "holderRequest.order.digest: missing");
  boost::json::object object = begin_document("holder-request");
  object["action"] = boost::json::string_view(action_name(request.action));
  object["audience"] = request.audience.text();
  object["holder"] = write_party(request.holder);
  object["time"] = format_time(request.time);
  object["nonce"] = hex_encode(request.nonce);
  write_particulars(object, request);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_holder_request(bytes));
  return bytes;
}

Result<HolderRequest> parse_holder_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "holderRequest", kRequestLimits));
  TRY(reader.expect("holder-request", 1));
  TRY(const HolderAction action, read_action(reader));
  TRY(x509::Name audience, read_name(reader, "audience"));
  TRY(PartyReference holder, read_party(reader, "holder"));
  TRY(const TimePoint time, reader.time("time"));
  TRY(const Sha256Digest nonce, reader.digest("nonce"));
  HolderRequest request{action, std::move(audience), std::move(holder), time, nonce, {}, {}, {}, {}, {}};
  TRY(read_particulars(reader, request));
  TRY(reader.finish());
  return request;
}

Result<Bytes> write_merchant_renewal(const MerchantRenewal& renewal) {
  boost::json::object object = begin_document("merchant-renewal");
  object["audience"] = renewal.audience.text();
  object["merchant"] = write_party(renewal.merchant);
  object["pkcs10"] = base64_encode(renewal.pkcs10);
  object["time"] = format_time(renewal.time);
  object["nonce"] = hex_encode(renewal.nonce);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_merchant_renewal(bytes));
  return bytes;
}

Result<MerchantRenewal> parse_merchant_renewal(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "merchantRenewal", kRequestLimits));
  TRY(reader.expect("merchant-renewal", 1));
  TRY(x509::Name audience, read_name(reader, "audience"));
  TRY(PartyReference merchant, read_party(reader, "merchant"));
  TRY(Bytes pkcs10, reader.base64("pkcs10", kMaxPkcs10));
  if (pkcs10.empty()) return fail(ErrorCode::kMalformed, "merchantRenewal.pkcs10: empty");
  TRY(const TimePoint time, reader.time("time"));
  TRY(const Sha256Digest nonce, reader.digest("nonce"));
  TRY(reader.finish());
  return MerchantRenewal{std::move(audience), std::move(merchant), std::move(pkcs10), time, nonce};
}

}  // namespace countersign::documents
