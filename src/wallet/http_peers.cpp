// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/object.hpp>
#include <mutex>

#include "crypto/digest.h"
#include "documents/json.h"
#include "documents/network_map.h"
#include "documents/receipt.h"
#include "network/authority_name.h"
#include "wallet/issued_answer.h"
#include "wallet/peers.h"

namespace countersign::wallet {
namespace {

namespace json = boost::json;

constexpr std::string_view kEnrolments = "/v1/enrolments/";
constexpr std::string_view kCheckouts = "/v1/checkouts/";
constexpr int kMostConnections = 3;                        // for one message
constexpr std::size_t kMostCas = 4;                        // of one data centre
constexpr std::chrono::milliseconds kBriefPatience{3000};  // for what a purchase can do without

Bytes json_body(const json::object& object) {
  return to_bytes(documents::write_json(object));
}

Result<Bytes> body_of(Result<http::Response> response) {
  if (!response) return fail(response.error());
  if (response.value().status != 200) return fail(http::error_of(response.value()));
  return std::move(response.value().body);
}

class HttpAuthority final : public AuthorityAccess {
 public:
  HttpAuthority(std::unique_ptr<http::Client> client, std::unique_ptr<http::Client> brief)
      : client_(std::move(client)), brief_(std::move(brief)) {}

  Result<NetworkFacts> network() override {
    TRY(const auto body, body_of(client_->get("/v1/network")));
    TRY(auto facts, documents::ObjectReader::parse(body, "network", {.line_feeds = true}));
    TRY(const auto data_centre, facts.text("dataCentre", 1000));
    TRY(const auto root, facts.text("root", 16 << 10));
    TRY(const auto ca, facts.text("ca", 16 << 10));
    std::vector<std::string> pems{ca};
    if (facts.has("authorities")) {
      TRY(pems, facts.texts("authorities", kMostCas, 16 << 10));
    }
    TRY(auto name, x509::Name::from_text(data_centre));
    TRY(auto root_certificate, x509::Certificate::from_pem(root));
    std::vector<x509::Certificate> cas;
    for (const std::string& pem : pems) {
      TRY(auto certificate, x509::Certificate::from_pem(pem));
      cas.push_back(std::move(certificate));
    }
    return NetworkFacts{std::move(name), std::move(root_certificate), std::move(cas)};
  }

  Result<Bytes> network_map() override { return body_of(brief_->get("/v1/network/map")); }

  Result<Bytes> fetch_consent(const std::string& enrolment, const std::string& token) override {
    return post(enrolment, "/consent", json_body({{"token", token}}), http::kJsonMediaType);
  }

  Result<Bytes> fetch_key_file(const std::string& enrolment, const std::string& token) override {
    return post(enrolment, "/key-file", json_body({{"token", token}}), http::kJsonMediaType);
  }

  Result<IssuedCertificates> request_certificates(const std::string& enrolment,
                                                  const OwnKeys& keys) override {
    json::object request{{"token", keys.token},
                         {"code", keys.code},
                         {"signing", base64_encode(keys.signing)},
                         {"agreement", nullptr}};
    if (!keys.agreement.empty()) request["agreement"] = base64_encode(keys.agreement);
    TRY(const auto body, post(enrolment, "/requests", json_body(request), http::kJsonMediaType));
    return parse_issued(body);
  }

  Result<Completion> complete(const std::string& enrolment, BytesView acceptance) override {
    TRY(const auto body, post(enrolment, "/completion", to_bytes(acceptance), http::kCmsMediaType));
    TRY(auto answer, documents::ObjectReader::parse(body, "completion"));
    Completion completion;
    TRY(completion.suspension_code, answer.text("suspensionCode", 200));
    return completion;
  }

  Result<void> suspend_by_code(const std::string& serial, const std::string& code) override {
    TRY(body_of(client_->post("/v1/suspensions", json_body({{"serial", serial}, {"code", code}}),
                              http::kJsonMediaType)));
    return ok();
  }

  Result<Bytes> ask(BytesView holder_request) override { return ask_accepting("", holder_request); }

  Result<Bytes> ask_for_receipt(BytesView holder_request) override {
    return ask_accepting(documents::kReceiptMediaType, holder_request);
  }

 private:
  Result<Bytes> ask_accepting(std::string_view media_type, BytesView holder_request) {
    http::Request request;
    request.method = "POST";
    request.path = "/v1/holder-requests";
    request.headers["Content-Type"] = http::kCmsMediaType;
    if (!media_type.empty()) request.headers["Accept"] = media_type;
    request.body = to_bytes(holder_request);
    TRY(auto response, client_->send(request));
    if (response.status < 200 || response.status >= 300) return fail(http::error_of(response));
    return std::move(response.body);
  }
  Result<Bytes> post(const std::string& enrolment, std::string_view step, Bytes body, std::string_view type) {
    return body_of(
        client_->post(std::string(kEnrolments) + enrolment + std::string(step), std::move(body), type));
  }
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<http::Client> brief_;
};

// The certificate that the peer of a connection showed; connections of one client must all show the same.
class PeerCertificate {
 public:
  Result<void> note(const std::vector<Bytes>& chain) {
    if (chain.empty()) return fail(ErrorCode::kCertificateUnknown, "the peer shows no certificate");
    const std::lock_guard lock(mutex_);
    if (leaf_.empty()) leaf_ = chain.front();
    if (leaf_ != chain.front()) return fail(ErrorCode::kForbidden, "the peer changed its certificate");
    return ok();
  }
  Result<x509::Certificate> certificate() const {
    const std::lock_guard lock(mutex_);
    return x509::Certificate::from_der(leaf_);
  }

 private:
  mutable std::mutex mutex_;  // guards leaf_ for the life of this object: connections open on several threads
  Bytes leaf_;
};

class HttpGateway final : public GatewayAccess {
 public:
  HttpGateway(std::unique_ptr<http::Client> client, std::unique_ptr<http::Client> brief,
              x509::Certificate merchant)
      : client_(std::move(client)), brief_(std::move(brief)), merchant_(std::move(merchant)) {}

  const x509::Certificate& merchant() const override { return merchant_; }

  Result<Bytes> fetch_order(const std::string& checkout, const std::string& token,
                            const x509::Certificate& purchaser) override {
    const json::object request{{"token", token}, {"certificate", base64_encode(purchaser.der())}};
    return body_of(client_->post(path(checkout, "/order"), json_body(request), http::kJsonMediaType));
  }

  Result<Decision> submit(const std::string& checkout, const std::string& token,
                          BytesView signed_order) override {
    http::Request request;
    request.method = "POST";
    request.path = path(checkout, "/signed-order");
    request.headers["Content-Type"] = http::kCmsMediaType;
    request.headers["Authorization"] = "Bearer " + token;
    request.body = to_bytes(signed_order);
    TRY(auto response, client_->send(request));
    const bool is_refusal = response.header("Countersign-Document") == "refusal";
    if (response.status != 200 && !is_refusal) return fail(http::error_of(response));
    return Decision{std::move(response.body), is_refusal};
  }

  Result<Bytes> fetch_receipt(const std::string& checkout, const std::string& token) override {
    http::Request request;
    request.method = "GET";
    request.path = path(checkout, "/receipt");
    request.headers["Authorization"] = "Bearer " + token;
    return body_of(brief_->send(request));
  }

  Result<void> cancel(const std::string& checkout, const std::string& token) override {
    TRY(body_of(
        client_->post(path(checkout, "/cancel"), json_body({{"token", token}}), http::kJsonMediaType)));
    return ok();
  }

  Result<documents::GatewayMessage> converse(const std::string& checkout, const std::string& token,
                                             const documents::WalletMessage& message) override {
    TRY(const auto json, documents::write_dialogue(message));
    http::Request request;
    request.method = "POST";
    request.path = path(checkout, "/dialogue");
    request.headers["Content-Type"] = http::kJsonMediaType;
    request.headers["Authorization"] = "Bearer " + token;
    request.body = to_bytes(json.reveal(crypto::SecretAccess()));
    auto answer = body_of(client_->send(request));
    crypto::wipe(request.body);
    TRY(const auto body, std::move(answer));
    return documents::parse_gateway_message(body);
  }

  // A connection that was idle may have ended unseen; this request opens the one that will be used.
  Result<void> reach() override {
    TRY(client_->get("/healthz"));
    return ok();
  }

  Result<documents::GatewayMessage> converse_over(const std::string& checkout, const std::string& token,
                                                  const ForConnection& make) override {
    for (int connections = 1;; ++connections) {
      TRY(reach());
      TRY(const auto exporter, client_->tls_exporter());
      TRY(const auto message, make(exporter.reveal(crypto::SecretAccess())));
      auto answer = converse(checkout, token, message);
      const auto used = client_->tls_exporter();
      const bool went_elsewhere = !used || !crypto::equal_secrets(used.value(), exporter);
      if (answer || !went_elsewhere || connections == kMostConnections) return answer;
    }
  }

 private:
  static std::string path(const std::string& checkout, std::string_view step) {
    return std::string(kCheckouts) + checkout + std::string(step);
  }
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<http::Client> brief_;
  x509::Certificate merchant_;
};

// The anchor that a chain brings along: its root by fingerprint, and the CAs above the leaf.
Result<x509::TrustAnchor> anchor_of_chain(const std::vector<Bytes>& chain, const Sha256Digest& root,
                                          TimePoint now) {
  std::optional<x509::Certificate> pinned;
  std::vector<x509::Certificate> authorities;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    TRY(auto certificate, x509::Certificate::from_der(chain[i]));
    if (certificate.fingerprint() == root) {
      pinned = std::move(certificate);
    } else {
      authorities.push_back(std::move(certificate));
    }
  }
  if (!pinned) {
    return fail(ErrorCode::kForbidden,
                "the authority does not belong to the network whose root the link names");
  }
  return x509::TrustAnchor::create(*pinned, std::move(authorities), now);
}

class HttpPeers final : public Peers {
 public:
  HttpPeers(http::AddressPolicy addresses, const Clock& clock, AnswerLimits limits)
      : addresses_(addresses), clock_(clock), limits_(limits) {}

  Result<std::unique_ptr<AuthorityAccess>> first_contact(const std::string& url,
                                                         const Sha256Digest& root) override {
    // Looks at the chain without sending a request: refusing it ends the connection.
    std::optional<x509::TrustAnchor> anchor;
    Error refused{ErrorCode::kUnavailable, "the authority shows no certificate"};
    http::ClientOptions look;
    look.addresses = addresses_;
    look.total_timeout = limits_.authority;
    look.inspect_peer = [&](const std::vector<Bytes>& chain) -> Result<void> {
      auto found = anchor_of_chain(chain, root, clock_.now());
      if (found) {
        anchor = std::move(found).value();
      } else {
        refused = found.error();
      }
      return fail(ErrorCode::kCancelled, "only looked at");
    };
    TRY(const auto client, http::Client::create(url, std::move(look)));
    const auto answer = client->get("/v1/network");
    if (!anchor)
      return fail(!answer && answer.error().code != ErrorCode::kCancelled ? answer.error() : refused);
    return connect(url, options_for(x509::Role::kAuthorityServer,
                                    std::make_shared<const x509::TrustAnchor>(std::move(*anchor))));
  }

  Result<std::unique_ptr<AuthorityAccess>> authority(
      const std::string& url, const x509::Name& data_centre,
      std::shared_ptr<const x509::TrustAnchor> anchor) override {
    auto options = options_for(x509::Role::kAuthorityServer, std::move(anchor));
    TRY(options.peer->expected_subject, network::authority_server_name(data_centre));
    return connect(url, std::move(options));
  }

  Result<std::unique_ptr<GatewayAccess>> gateway(const std::string& url,
                                                 std::shared_ptr<const x509::TrustAnchor> anchor,
                                                 Carrier carrier) override {
    auto options = options_for(x509::Role::kMerchant, std::move(anchor));
    options.peer->require_stapled_status = true;
    options.total_timeout = limits_.gateway;
    options.carry = std::move(carrier);
    const auto peer = std::make_shared<PeerCertificate>();
    options.inspect_peer = [peer](const std::vector<Bytes>& chain) { return peer->note(chain); };
    TRY(auto client, http::Client::create(url, options));
    options.total_timeout = std::min(options.total_timeout, kBriefPatience);
    TRY(auto brief, http::Client::create(url, std::move(options)));
    // Any request opens the channel; this one costs the gateway nothing.
    TRY(client->get("/healthz"));
    TRY(auto merchant, peer->certificate());
    return std::unique_ptr<GatewayAccess>(
        new HttpGateway(std::move(client), std::move(brief), std::move(merchant)));
  }

 private:
  static Result<std::unique_ptr<AuthorityAccess>> connect(const std::string& url,
                                                          http::ClientOptions options) {
    auto brief_options = options;
    brief_options.total_timeout = std::min(options.total_timeout, kBriefPatience);
    brief_options.max_response = documents::kMaxSignedNetworkMap;
    TRY(auto client, http::Client::create(url, std::move(options)));
    TRY(auto brief, http::Client::create(url, std::move(brief_options)));
    return std::unique_ptr<AuthorityAccess>(new HttpAuthority(std::move(client), std::move(brief)));
  }

  http::ClientOptions options_for(x509::Role role, std::shared_ptr<const x509::TrustAnchor> anchor) const {
    http::PeerCheck check;
    check.anchor = std::move(anchor);
    check.role = role;
    check.clock = std::shared_ptr<const Clock>(std::shared_ptr<void>(), &clock_);
    http::ClientOptions options;
    options.peer = std::move(check);
    options.addresses = addresses_;
    options.total_timeout = limits_.authority;
    options.max_response = documents::kMaxReceipt;
    return options;
  }

  http::AddressPolicy addresses_;
  const Clock& clock_;
  const AnswerLimits limits_;
};

}  // namespace

std::unique_ptr<Peers> make_http_peers(http::AddressPolicy addresses, const Clock& clock,
                                       AnswerLimits limits) {
  return std::make_unique<HttpPeers>(addresses, clock, limits);
}

}  // namespace countersign::wallet
