// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/identity.h"
#include "merchant/network.h"
#include "merchant/peer_client.h"

namespace countersign::enterprise {

// What the enterprise asks of its authority for the right to buy.
class PurchasingAccess {
 public:
  virtual ~PurchasingAccess() = default;
  // A purchaser's certificate for the key of this request (PKCS#10, DER), asked for with the merchant's
  // certificate; empty while an operator of the authority has not decided.
  virtual Result<std::optional<x509::Certificate>> certify(const x509::Signer& merchant,
                                                           BytesView pkcs10) = 0;
};

// The authority of the own data centre, over mutual TLS.
class HttpPurchasingAccess final : public PurchasingAccess {
 public:
  static Result<std::unique_ptr<HttpPurchasingAccess>> create(const merchant::NetworkView& network,
                                                              std::chrono::milliseconds answer_limit);
  Result<std::optional<x509::Certificate>> certify(const x509::Signer& merchant, BytesView pkcs10) override;

 private:
  explicit HttpPurchasingAccess(std::string url, merchant::PeerRule peer, http::ClientOptions options)
      : client_(std::move(url), std::move(peer), std::move(options)) {}
  merchant::PeerClient client_;
};

// PurchasingCertificate sees to it that an enterprise that buys has a valid purchaser's certificate: applies
// once it has the merchant's, waits for the operator, renews with a new key when a third of its life is left,
// and at once when the CA key above it was taken out of the network.
// When the network has passed to another root, the CA below that root is what it signs with from then on.
// Of one thread.
class PurchasingCertificate {
 public:
  PurchasingCertificate(merchant::Identity& purchasing, const merchant::Identity& own_merchant,
                        const merchant::NetworkView& network, PurchasingAccess& authority,
                        const Clock& clock);

  // Does what is due now; to be called every few seconds.
  Result<void> tick();
  // Asks now: for the first certificate, or for the next one with a new key. Whether one was installed; not
  // while an operator has not decided. The authority's refusal; kNameNotPermitted and kConflict for a
  // certificate of another name or key, and what verify_path says.
  Result<bool> obtain();

 private:
  bool is_due() const;
  Result<void> follow_ca();

  merchant::Identity& purchasing_;
  const merchant::Identity& merchant_;
  const merchant::NetworkView& network_;
  PurchasingAccess& authority_;
  const Clock& clock_;
  TimePoint next_{};            // not asked before it
  std::int64_t undecided_ = 0;  // how often it was asked in vain
};

}  // namespace countersign::enterprise
