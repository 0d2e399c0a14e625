// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "documents/party.h"

namespace countersign::documents {

// What the holder of a certificate can ask its authority for, signed with that certificate's key. The wallet
// signs nothing but documents of a stated type, so a request can never pass for an order.
enum class HolderAction {
  kFindConfirmation,  // order id and digest
  kListCertificates,  // all issued to the holder's address
  kSuspend,           // this certificate and its sibling, at once
  kRenew,             // new keys for the same subject: kept with the old key's signature as consent
  kChangeAddress,     // new e-mail address; takes effect when also confirmed from the old one
};
std::string_view action_name(HolderAction action);

// HolderRequest: type "holder-request", version 1. Valid for five minutes either side of `time`; the nonce is
// accepted once.
struct HolderRequest {
  HolderAction action = HolderAction::kFindConfirmation;
  x509::Name audience;  // the data centre asked
  PartyReference holder;
  TimePoint time;
  Sha256Digest nonce;
  // kFindConfirmation, both demanded:
  std::string order_id;
  std::optional<Sha256Digest> order_digest;
  // kChangeAddress:
  std::string email;
  // kRenew with keys of the wallet's making (PKCS#10, DER); both empty where the authority shall make them.
  // The agreement request alone is empty where that key cannot sign and the other request names it:
  Bytes signing_request;
  Bytes agreement_request;
};
Result<Bytes> write_holder_request(const HolderRequest& request);
Result<HolderRequest> parse_holder_request(BytesView json);

// MerchantRenewal: type "merchant-renewal", version 1, signed with the certificate to be renewed.
struct MerchantRenewal {
  x509::Name audience;
  PartyReference merchant;
  Bytes pkcs10;  // DER, for the new key, same subject
  TimePoint time;
  Sha256Digest nonce;
};
Result<Bytes> write_merchant_renewal(const MerchantRenewal& renewal);
Result<MerchantRenewal> parse_merchant_renewal(BytesView json);

}  // namespace countersign::documents
