// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/issuing/context.h"
#include "authority/issuing/nonces.h"

namespace countersign::authority {

// MerchantRenewals renews merchant certificates on a request signed with the key to be replaced (K1). The old
// certificate stays as it is until it expires or is revoked, so that orders under way end well. Thread-safe.
class MerchantRenewals {
 public:
  static Result<MerchantRenewals> open(const AuthorityContext& context);

  // `cms`: SignedData over a MerchantRenewal. Checks: signer is an active merchant of this data centre;
  // audience, time and subject; a new key with proof of possession; the same hosts and origins. The same
  // bytes again get the same certificate; the nonce in another request is a conflict.
  Result<x509::Certificate> renew(BytesView cms) const;

 private:
  explicit MerchantRenewals(const AuthorityContext& context) : context_(&context) {}
  const AuthorityContext* context_;
};

}  // namespace countersign::authority
