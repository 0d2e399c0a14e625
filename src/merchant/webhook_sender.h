// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "crypto/secret.h"
#include "http/address_policy.h"
#include "merchant/webhook_store.h"
#include "network/anchor_source.h"

namespace countersign::merchant {

// WebhookTarget is the shop's end: takes one signed event, or says why not.
class WebhookTarget {
 public:
  virtual ~WebhookTarget() = default;
  virtual Result<void> post(BytesView body, std::string_view signature) = 0;
};

// http_webhook_target posts to `url`, a plain path without query. Over https the shop must show a merchant's
// certificate of this network; plain http stays on this machine. Every status but 2xx is kUnavailable.
// kUnsupported for other URLs.
Result<std::unique_ptr<WebhookTarget>> http_webhook_target(std::string_view url,
                                                           std::shared_ptr<const network::AnchorSource> trust,
                                                           http::AddressPolicy addresses);

// webhook_signature is the value of `Countersign-Signature`: "t=<Unix seconds>,v1=<hex HMAC-SHA-256 over
// t.body>". A receiver recomputes it and refuses what is older than five minutes.
std::string webhook_signature(const crypto::SecretBytes& secret, BytesView body, TimePoint now);

// WebhookSender delivers events at least once, the oldest first: after 5 s, 10 s, 20 s … up to an hour, for
// three days; then they are given up until somebody replays them.
class WebhookSender {
 public:
  WebhookSender(storage::Database& database, const Clock& clock, std::unique_ptr<WebhookTarget> target,
                crypto::SecretBytes secret);
  // Sends what is due; the number delivered. Stops at the first failure: the target is down for the others,
  // too.
  Result<int> deliver_due();

 private:
  Result<void> record_failure(const Webhook& webhook, const Error& error);
  storage::Database& database_;
  const Clock& clock_;
  const std::unique_ptr<WebhookTarget> target_;
  const crypto::SecretBytes secret_;
};

}  // namespace countersign::merchant
