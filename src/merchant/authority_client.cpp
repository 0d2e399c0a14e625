// SPDX-License-Identifier: Apache-2.0
#include "merchant/authority_client.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "documents/json.h"
#include "documents/receipt.h"

namespace countersign::merchant {
namespace {

using documents::ObjectReader;

// What an answer's text members may hold at most.
constexpr std::size_t kShort = 500;
constexpr std::size_t kPem = 16384;

http::ClientOptions options_with(std::chrono::milliseconds answer_limit) {
  http::ClientOptions options;
  options.total_timeout = answer_limit;
  options.max_response = std::max(documents::kMaxSignedNetworkMap, documents::kMaxReceipt);
  return options;
}

// The JSON body of a successful answer; the error that the authority states otherwise.
Result<ObjectReader> body_of(const http::Response& response, std::string_view what) {
  if (response.status < 200 || response.status > 299) return fail(http::error_of(response), what);
  return ObjectReader::parse(response.body, what, {.line_feeds = true});
}

http::Request as_applicant(std::string_view method, const ApplicationTicket& ticket,
                           std::string_view suffix) {
  http::Request request;
  request.method = method;
  request.path = "/v1/merchant-applications/" + ticket.id + std::string(suffix);
  request.headers["Authorization"] = "Bearer " + ticket.secret;
  return request;
}

Result<ApplicationProgress::State> application_state(std::string_view name) {
  using State = ApplicationProgress::State;
  if (name == "awaiting_challenge") return State::kAwaitingChallenge;
  if (name == "awaiting_approval") return State::kAwaitingApproval;
  if (name == "issued") return State::kIssued;
  if (name == "rejected") return State::kRejected;
  if (name == "expired") return State::kExpired;
  return fail(ErrorCode::kUnsupported, "application.state: unknown");
}

Result<EnrolmentGrant> read_grant(const http::Response& response) {
  TRY(auto reader, body_of(response, "enrolment"));
  EnrolmentGrant grant;
  TRY(grant.id, reader.text("id", kShort));
  TRY(grant.token, reader.text_or_null("token", kShort));
  TRY(grant.expires, reader.time("expires"));
  TRY(grant.authority, reader.text("authority", kShort));
  TRY(grant.root_fingerprint, reader.text("rootFingerprint", kShort));
  return grant;
}

}  // namespace

AuthorityClient::AuthorityClient(const NetworkView& network, PeerRule peer,
                                 std::chrono::milliseconds answer_limit, http::StatusLimits status)
    : trust_(network.trust),
      service_url_(network.service_url),
      status_url_(network.status_url),
      answer_limit_(answer_limit),
      status_(answer_limit, status),
      service_(network.service_url, std::move(peer), options_with(answer_limit)) {}

Result<std::unique_ptr<AuthorityClient>> AuthorityClient::create(const NetworkView& network,
                                                                 std::chrono::milliseconds answer_limit,
                                                                 http::StatusLimits status) {
  TRY(http::Client::create(network.status_url, {}));
  TRY(auto check, authority_peer(network.anchor(), network.data_centre));
  std::unique_ptr<AuthorityClient> client(
      new AuthorityClient(network, {std::move(check), network.trust}, answer_limit, status));
  TRY(client->service_.prepare());
  return client;
}

Result<void> AuthorityClient::identify(const x509::Signer& identity) {
  return service_.identify(identity);
}

Result<http::Response> AuthorityClient::post_cms(std::string_view path, BytesView document) {
  return service_.post(path, to_bytes(document), http::kCmsMediaType);
}

Result<ApplicationTicket> AuthorityClient::apply(const CertificateApplication& application) {
  boost::json::object body{{"type", "merchant-application"}, {"version", 1}};
  body["name"] = application.name;
  body["pkcs10"] = base64_encode(application.pkcs10);
  body["keyByAuthority"] = false;
  body["email"] = application.email;
  body["contact"] = application.contact;
  body["telephone"] = application.telephone;
  body["origins"] = boost::json::array(application.origins.begin(), application.origins.end());
  if (application.challenge_port) body["challengePort"] = *application.challenge_port;
  TRY(const auto response, service_.post("/v1/merchant-applications", to_bytes(documents::write_json(body)),
                                         http::kJsonMediaType));
  TRY(auto reader, body_of(response, "application"));
  ApplicationTicket ticket;
  TRY(ticket.id, reader.text("id", kShort));
  TRY(ticket.secret, reader.text("secret", kShort));
  TRY(auto challenge, reader.object("challenge"));
  TRY(ticket.challenge, challenge.text("token", kShort));
  return ticket;
}

Result<void> AuthorityClient::request_challenge(const ApplicationTicket& ticket) {
  TRY(const auto response, service_.send(as_applicant("POST", ticket, "/challenge")));
  if (response.status != 200) return fail(http::error_of(response), "challenge");
  return ok();
}

Result<ApplicationProgress> AuthorityClient::progress(const ApplicationTicket& ticket) {
  TRY(const auto response, service_.send(as_applicant("GET", ticket, "")));
  TRY(auto reader, body_of(response, "application"));
  TRY(const auto state, reader.text("state", kShort));
  ApplicationProgress progress{};
  TRY(progress.state, application_state(state));
  if (reader.has("reason")) {
    TRY(auto reason, reader.optional_text("reason", kShort));
    progress.reason = reason.value_or("");
  }
  if (progress.state != ApplicationProgress::State::kIssued) return progress;
  TRY(const auto pem, reader.text("certificate", kPem));
  TRY(progress.certificate, x509::Certificate::from_pem(pem));
  return progress;
}

Result<RenewalProgress> AuthorityClient::renew(BytesView renewal) {
  TRY(const auto response, post_cms("/v1/merchant-certificates/renewal", renewal));
  TRY(auto reader, body_of(response, "renewal"));
  RenewalProgress progress;
  if (response.status == 202) {
    TRY(auto challenge, reader.object("challenge"));
    TRY(progress.challenge, challenge.text("token", kShort));
    return progress;
  }
  TRY(const auto pem, reader.text("certificate", kPem));
  TRY(progress.certificate, x509::Certificate::from_pem(pem));
  return progress;
}

Result<Bytes> AuthorityClient::ocsp(BytesView request) {
  return ocsp_at(status_url_, request);
}

Result<Bytes> AuthorityClient::ocsp_at(const std::string& status_url, BytesView request) {
  return status_.ask(status_url, request,
                     status_url == status_url_ ? http::Responder::kOwn : http::Responder::kOther);
}

Result<Bytes> AuthorityClient::network_map() {
  http::ClientOptions options = options_with(answer_limit_);
  options.inspect_peer = [this](const std::vector<Bytes>& chain) {
    return trust_->expect_own_authority(chain);
  };
  TRY(const auto client, http::Client::create(service_url_, std::move(options)));
  TRY(auto response, client->get("/v1/network/map"));
  if (response.status != 200) return fail(http::error_of(response), "network map");
  return std::move(response.body);
}

Result<EnrolmentGrant> AuthorityClient::enrol(BytesView consent) {
  TRY(const auto response, post_cms("/v1/enrolments", consent));
  return read_grant(response);
}

Result<EnrolmentProgress> AuthorityClient::enrolment(std::string_view id) {
  TRY(const auto response, service_.get("/v1/enrolments/" + std::string(id)));
  TRY(auto reader, body_of(response, "enrolment"));
  EnrolmentProgress progress;
  TRY(progress.id, reader.text("id", kShort));
  TRY(progress.state, reader.text("state", kShort));
  if (reader.has("mail")) {
    TRY(auto mail, reader.object("mail"));
    TRY(progress.mail_state, mail.text("state", kShort));
  }
  TRY(progress.certificates, reader.texts("certificates", 16, kShort));
  return progress;
}

Result<EnrolmentGrant> AuthorityClient::restart(std::string_view id) {
  TRY(const auto response,
      service_.post("/v1/enrolments/" + std::string(id) + "/restart", {}, http::kJsonMediaType));
  return read_grant(response);
}

Result<http::Response> AuthorityClient::ask_for_confirmation(BytesView countersigned_order,
                                                             const std::optional<Bytes>& review) {
  http::Request request;
  request.method = "POST";
  request.path = "/v1/confirmations";
  request.headers["Accept"] =
      std::string(documents::kReceiptMediaType) + ", " + std::string(http::kCmsMediaType);
  request.headers["Content-Type"] = review ? http::kJsonMediaType : http::kCmsMediaType;
  request.body = to_bytes(countersigned_order);
  if (review) {
    TRY(request.body, documents::write_confirmation_request({to_bytes(countersigned_order), *review}));
  }
  return service_.send(request);
}

Result<SignedAnswer> AuthorityClient::confirm(BytesView countersigned_order,
                                              const std::optional<Bytes>& review) {
  TRY(auto response, ask_for_confirmation(countersigned_order, review));
  const bool is_signed = response.header("Content-Type").starts_with(http::kCmsMediaType);
  if (is_signed && response.header("Countersign-Document") == "refusal")
    return SignedAnswer{SignedAnswer::Kind::kRefusal, std::move(response.body)};
  if (response.status == 200 && response.header("Content-Type") == documents::kReceiptMediaType) {
    TRY(auto receipt, documents::parse_receipt(response.body));
    return SignedAnswer{SignedAnswer::Kind::kConfirmation, std::move(receipt.confirmation),
                        std::move(response.body)};
  }
  if (is_signed && response.status == 200)
    return SignedAnswer{SignedAnswer::Kind::kConfirmation, std::move(response.body)};
  if (response.status >= 400) return fail(http::error_of(response), "confirmation");
  return fail(ErrorCode::kUnsupported, "the authority's answer is neither confirmation nor refusal");
}

Result<Bytes> AuthorityClient::extract(const documents::ExtractRequest& request) {
  TRY(auto body, documents::write_extract_request(request));
  TRY(auto response, service_.post("/v1/extracts", std::move(body), http::kJsonMediaType));
  if (response.status != 200) return fail(http::error_of(response), "extract");
  if (!response.header("Content-Type").starts_with(http::kCmsMediaType))
    return fail(ErrorCode::kUnsupported, "extract: not a CMS");
  return std::move(response.body);
}

Result<Bytes> AuthorityClient::receipt(const documents::ExtractRequest& request) {
  TRY(auto body, documents::write_extract_request(request));
  TRY(auto response, service_.post("/v1/receipts", std::move(body), http::kJsonMediaType));
  if (response.status != 200) return fail(http::error_of(response), "receipt");
  if (response.header("Content-Type") != documents::kReceiptMediaType)
    return fail(ErrorCode::kMalformed, "receipt: the authority's answer is none");
  return std::move(response.body);
}

}  // namespace countersign::merchant
