// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "authority/issuing/application_store.h"
#include "authority/issuing/context.h"
#include "authority/issuing/nonces.h"
#include "authority/issuing/origin_control.h"
#include "base/rate_limit.h"

namespace countersign::authority {

struct RenewalPolicy {
  Seconds proof_lasts{365 * 24 * 3600};  // control of the origins is shown again when it is older
};

// A renewal is answered with the certificate; or, while control of the origins is to be shown again, with the
// token of a challenge: show its answer for the new key and send the same request once more.
struct RenewalAnswer {
  std::optional<x509::Certificate> certificate;
  std::string challenge_token;  // without a certificate
};

// MerchantRenewals renews merchant certificates on a request signed with the key to be replaced (K1). The old
// certificate stays as it is until it expires or is revoked, so that orders under way end well. Thread-safe.
class MerchantRenewals {
 public:
  static Result<std::unique_ptr<MerchantRenewals>> open(const AuthorityContext& context, OriginFetch& fetch,
                                                        RenewalPolicy policy);

  // `cms`: SignedData over a MerchantRenewal. Checks: signer is an active merchant of this data centre;
  // audience, time and subject; a new key with proof of possession; the same hosts and origins. The same
  // bytes again get the same certificate; the nonce in another request is a conflict. kWrongOrigin while the
  // challenge is not shown; its fetches are limited (kRateLimited).
  Result<RenewalAnswer> renew(BytesView cms);

 private:
  MerchantRenewals(const AuthorityContext& context, OriginFetch& fetch, RenewalPolicy policy,
                   ApplicationStore applications)
      : context_(context), fetch_(fetch), policy_(policy), applications_(applications) {}
  Result<RenewalAnswer> challenge(const Sha256Digest& nonce, const Sha256Digest& request);
  Result<x509::Certificate> issue(storage::Transaction& transaction, const x509::Certificate& old,
                                  const crypto::PublicKey& key);
  Result<void> record_proof(storage::Transaction& transaction, const x509::Certificate& old,
                            const Sha256Digest& nonce);

  const AuthorityContext& context_;
  OriginFetch& fetch_;
  const RenewalPolicy policy_;
  const ApplicationStore applications_;
  RateLimit proofs_{10, std::chrono::hours(1)};  // per merchant
};

}  // namespace countersign::authority
