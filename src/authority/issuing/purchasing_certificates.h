// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "authority/issuing/context.h"
#include "base/rate_limit.h"
#include "http/router.h"

namespace countersign::authority {

enum class PurchasingState { kAwaitingApproval, kGranted, kRefused };
std::string_view purchasing_state_name(PurchasingState state);

// PurchasingRight is what an operator decided about a merchant that wants to buy.
struct PurchasingRight {
  std::string merchant;  // RFC 4514 text of the subject in its merchant's certificate
  PurchasingState state = PurchasingState::kAwaitingApproval;
  TimePoint asked, decided;  // the latter not before it was
  std::string reason;        // of a refusal, as the merchant is told
};

// PurchasingCertificates certifies merchants that buy from others as purchasers, under the enterprise's name
// (K11; docs/protocols/enterprise-orders.md). Who asks is known by the merchant's certificate of its
// connection; an operator grants the right once, and renewals follow from it. Thread-safe.
class PurchasingCertificates {
 public:
  static Result<std::unique_ptr<PurchasingCertificates>> open(const AuthorityContext& context);

  // The certificate for the key of a PKCS#10 (DER); empty while an operator has not decided. `merchant` must
  // be good at this moment. The same key gets the same certificate, unless the CA key above that was put out
  // of force since. Checks: subject `CN=<the merchant's CN>,OU=purchasers,<data centre>` and no other names
  // (kNameNotPermitted); a P-256 key (kUnsupported) that is certified for nothing else (kConflict); the right
  // (kForbidden where it was refused); no certificate of that subject on hold (kCertificateOnHold); none
  // revoked since the right was granted last, be it in the same second, unless its key was compromised or
  // superseded (kCertificateRevoked). Certificates before stay as they are until they end.
  Result<std::optional<x509::Certificate>> certify(const x509::Certificate& merchant, BytesView pkcs10);

  // The operator's word, which may be changed. kNotFound for a merchant that never asked. A refusal takes no
  // certificate away: that is revocation.
  Result<PurchasingRight> grant(std::string_view merchant, std::string_view actor);
  Result<PurchasingRight> refuse(std::string_view merchant, std::string_view reason, std::string_view actor);
  // By subject, behind `after`.
  Result<std::vector<PurchasingRight>> list(std::string_view after, int limit);

  // `POST /v1/purchasing-certificates` of the service listener. The object lives as long as the server.
  void register_routes(http::Router& router);

 private:
  explicit PurchasingCertificates(const AuthorityContext& context) : context_(context) {}
  Result<http::Response> answer(const http::Request& request);
  Result<std::optional<x509::Certificate>> decide(storage::Transaction& transaction,
                                                  const x509::Certificate& merchant,
                                                  const x509::Name& subject, const crypto::PublicKey& key);
  Result<PurchasingRight> change(std::string_view merchant, PurchasingState state, std::string_view reason,
                                 std::string_view actor);

  const AuthorityContext& context_;
  RateLimit issued_{10, std::chrono::hours(24)};  // per merchant
};

}  // namespace countersign::authority
