// SPDX-License-Identifier: Apache-2.0
#include "merchant/webhook_sender.h"

#include "crypto/digest.h"
#include "merchant/peer_client.h"
#include "merchant/retry_delay.h"

namespace countersign::merchant {
namespace {

constexpr RetryDelays kDelays{Seconds(5), Seconds(3600)};
constexpr std::chrono::hours kGivenUpAfter{72};
constexpr int kBatch = 50;

class HttpWebhookTarget final : public WebhookTarget {
 public:
  HttpWebhookTarget(std::unique_ptr<http::Client> client, std::string path)
      : plain_(std::move(client)), path_(std::move(path)) {}
  HttpWebhookTarget(std::unique_ptr<PeerClient> client, std::string path)
      : shop_(std::move(client)), path_(std::move(path)) {}

  Result<void> post(BytesView body, std::string_view signature) override {
    http::Request request;
    request.method = "POST";
    request.path = path_;
    request.headers["Content-Type"] = std::string(http::kJsonMediaType);
    request.headers["Countersign-Signature"] = std::string(signature);
    request.body = to_bytes(body);
    TRY(const auto response, shop_ ? shop_->send(request) : plain_->send(request));
    if (response.status >= 200 && response.status < 300) return ok();
    return fail(ErrorCode::kUnavailable, "the shop answered " + std::to_string(response.status));
  }

 private:
  const std::unique_ptr<http::Client> plain_;  // on this machine
  const std::unique_ptr<PeerClient> shop_;
  const std::string path_;
};

}  // namespace

Result<std::unique_ptr<WebhookTarget>> http_webhook_target(std::string_view url,
                                                           std::shared_ptr<const network::AnchorSource> trust,
                                                           http::AddressPolicy addresses) {
  TRY(const auto parts, http::parse_url(url));
  if (parts.path.find_first_of("?%") != std::string::npos)
    return fail(ErrorCode::kUnsupported, "webhook URL: a plain path without query");
  http::ClientOptions options;
  options.addresses = addresses;
  options.max_response = 64 << 10;
  if (parts.scheme == "https") {
    http::PeerCheck shop;
    shop.role = x509::Role::kMerchant;
    auto client = std::make_unique<PeerClient>(parts.origin(), PeerRule{std::move(shop), std::move(trust)},
                                               std::move(options));
    TRY(client->prepare());
    return std::unique_ptr<WebhookTarget>(std::make_unique<HttpWebhookTarget>(std::move(client), parts.path));
  }
  options.addresses = http::AddressPolicy::kLoopbackOnly;
  TRY(auto client, http::Client::create(parts.origin(), std::move(options)));
  return std::unique_ptr<WebhookTarget>(std::make_unique<HttpWebhookTarget>(std::move(client), parts.path));
}

std::string webhook_signature(const crypto::SecretBytes& secret, BytesView body, TimePoint now) {
  const std::string time = std::to_string(unix_seconds(now));
  Bytes message = to_bytes(time + ".");
  message.insert(message.end(), body.begin(), body.end());
  return "t=" + time + ",v1=" + hex_encode(crypto::hmac_sha256(secret, message));
}

WebhookSender::WebhookSender(storage::Database& database, const Clock& clock,
                             std::unique_ptr<WebhookTarget> target, crypto::SecretBytes secret)
    : database_(database), clock_(clock), target_(std::move(target)), secret_(std::move(secret)) {}

Result<int> WebhookSender::deliver_due() {
  std::vector<Webhook> due;
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    TRY(due, due_webhooks(reader, clock_.now(), kBatch));
    return ok();
  }));
  int delivered = 0;
  for (const auto& webhook : due) {
    const auto posted = target_->post(webhook.body, webhook_signature(secret_, webhook.body, clock_.now()));
    if (!posted) {
      TRY(record_failure(webhook, posted.error()));
      break;
    }
    TRY(database_.write([&](storage::Transaction& transaction) {
      return mark_delivered(transaction, webhook.id, clock_.now());
    }));
    ++delivered;
  }
  return delivered;
}

Result<void> WebhookSender::record_failure(const Webhook& webhook, const Error& error) {
  std::optional<TimePoint> next = clock_.now() + delay_after(webhook.attempts, kDelays);
  if (clock_.now() > webhook.created + kGivenUpAfter && webhook.attempts > 0) next.reset();
  return database_.write([&](storage::Transaction& transaction) {
    return mark_failed(transaction, webhook.id, error.detail, next);
  });
}

}  // namespace countersign::merchant
