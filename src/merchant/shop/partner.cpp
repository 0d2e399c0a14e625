// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/partner.h"

#include <boost/json/parse.hpp>

#include "documents/json.h"

namespace countersign::merchant {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kPatienceOfPages{3000};
constexpr std::size_t kLongestId = 64;
constexpr std::size_t kLongestLink = 2048;
constexpr std::size_t kLargestConfirmation = 256 << 10;
constexpr documents::JsonLimits kAnswerLimits{.bytes = 512 << 10, .depth = 8, .members = 256};

// Later versions of the gateway may say more: what is not asked for is passed over.
Result<PartnerCheckout> read_checkout(const http::Response& response) {
  if (response.status < 200 || response.status > 299) return fail(http::error_of(response), "partner");
  TRY(auto reader, documents::ObjectReader::parse(response.body, "partner", kAnswerLimits));
  PartnerCheckout checkout;
  TRY(checkout.id, reader.text("id", kLongestId));
  TRY(const auto state, reader.text("state", 16));
  const auto known = checkout_state_of_name(state);
  if (!known) return fail(ErrorCode::kUnsupported, "partner.state: not known");
  checkout.state = *known;
  TRY(checkout.total.minor_units, reader.integer("total", 0, kLargestInteger));
  TRY(checkout.total.currency, reader.text("currency", 3));
  TRY(checkout.expires, reader.time("expires"));
  if (reader.has("link")) {
    TRY(checkout.link, reader.text("link", kLongestLink));
  }
  if (reader.has("confirmation")) {
    TRY(checkout.confirmation, reader.base64("confirmation", kLargestConfirmation));
  }
  return checkout;
}

class HttpPartner final : public PartnerAccess {
 public:
  HttpPartner(std::unique_ptr<PeerClient> client, std::unique_ptr<PeerClient> viewer,
              crypto::SecretBytes api_key)
      : client_(std::move(client)), viewer_(std::move(viewer)), api_key_(std::move(api_key)) {}

  Result<PartnerCheckout> open(const CheckoutRequest& asked) override {
    json::object body = json::parse(write_lines(asked.lines)).as_object();
    body["currency"] = asked.currency;
    body["origin"] = asked.origin;
    if (!asked.reference.empty()) body["reference"] = asked.reference;
    http::Request request = about("POST", "");
    request.headers["Content-Type"] = http::kJsonMediaType;
    request.headers["Idempotency-Key"] = asked.request_key;
    request.body = to_bytes(documents::write_json(body));
    TRY(const auto response, client_->send(request));
    return read_checkout(response);
  }
  Result<PartnerCheckout> view(const std::string& id) override {
    TRY(const auto response, viewer_->send(about("GET", "/" + id)));
    return read_checkout(response);
  }
  Result<void> cancel(const std::string& id) override {
    TRY(const auto response, client_->send(about("DELETE", "/" + id)));
    if (response.status < 200 || response.status > 299) return fail(http::error_of(response), "partner");
    return ok();
  }

 private:
  http::Request about(std::string_view method, const std::string& which) const {
    http::Request request;
    request.method = method;
    request.path = "/v1/checkouts" + which;
    request.headers["Authorization"] = "Bearer " + to_text(api_key_.reveal(crypto::SecretAccess()));
    return request;
  }

  const std::unique_ptr<PeerClient> client_;
  const std::unique_ptr<PeerClient> viewer_;  // a page waits for what it says
  const crypto::SecretBytes api_key_;
};

}  // namespace

Result<std::unique_ptr<PartnerAccess>> make_partner_access(std::string_view gateway,
                                                           crypto::SecretBytes api_key, PeerRule peer,
                                                           http::AddressPolicy addresses) {
  http::ClientOptions options;
  options.addresses = addresses;
  peer.check.role = x509::Role::kMerchant;
  peer.check.require_stapled_status = true;
  auto client = std::make_unique<PeerClient>(std::string(gateway), peer, options);
  TRY(client->prepare());
  options.total_timeout = kPatienceOfPages;
  auto viewer = std::make_unique<PeerClient>(std::string(gateway), std::move(peer), std::move(options));
  return std::unique_ptr<PartnerAccess>(
      new HttpPartner(std::move(client), std::move(viewer), std::move(api_key)));
}

}  // namespace countersign::merchant
