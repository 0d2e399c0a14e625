// SPDX-License-Identifier: Apache-2.0
#include "merchant/page_routes.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/mail_address.h"
#include "crypto/random.h"
#include "http/address_key.h"
#include "merchant/form.h"
#include "merchant/words.h"

namespace countersign::merchant {
namespace {

// The prefix makes browsers refuse it from anywhere but this host over https (RFC 6265bis §4.1.3.2).
constexpr std::string_view kCookie = "__Host-countersign-form";

std::string_view trouble_of(ErrorCode code, const Words& words) {
  switch (code) {
    case ErrorCode::kForbidden:
      return words.form_stale;
    case ErrorCode::kRateLimited:
      return words.rate_limited;
    case ErrorCode::kGone:
      return words.taken;
    case ErrorCode::kUnavailable:
    case ErrorCode::kHomeUnreachable:
      return words.not_available;
    default:
      return words.failed;
  }
}

}  // namespace

PageRoutes::PageRoutes(GatewayContext context, const Tokens& tokens, RegistrationDesk& registrations,
                       PageOptions options)
    : context_(context),
      tokens_(tokens),
      registrations_(registrations),
      front_(options.front),
      limit_(options.registrations_per_hour, std::chrono::hours(1)) {}

void PageRoutes::add_to(http::Router& router) {
  using documents::ConsentKind;
  router.add_blocking("GET", "/", [this](const http::Request& request) { return show_front(request); });
  const auto add_form = [this, &router](std::string_view path, ConsentKind kind) {
    router.add_blocking("GET", path,
                        [this, kind](const http::Request& request) { return show_form(request, kind); });
    router.add_blocking("POST", path,
                        [this, kind](const http::Request& request) { return receive_form(request, kind); });
  };
  add_form("/register", ConsentKind::kEnrolment);
  add_form("/renew", ConsentKind::kRenewal);
  router.add_blocking("GET", "/gateway.css", [](const http::Request&) {
    auto response = http::text_response(200, stylesheet());
    response.headers["Content-Type"] = "text/css; charset=utf-8";
    response.headers["Cache-Control"] = "public, max-age=3600";
    return response;
  });
}

PageFrame PageRoutes::frame_for(const http::Request& request) const {
  const auto signer = context_.identity.signer();
  return {language_of(request), signer ? signer->certificate.subject().value_of("CN") : "Countersign",
          request.path};
}

http::Response PageRoutes::show_front(const http::Request& request) const {
  return page_response(200, front_page(frame_for(request), front_));
}

http::Response PageRoutes::show_form(const http::Request& request, documents::ConsentKind kind) const {
  FormPage page;
  page.kind = kind;
  return respond_with(200, request, std::move(page));
}

http::Response PageRoutes::respond_with(int status, const http::Request& request, FormPage page) const {
  page.frame = frame_for(request);
  const Words& words = words_in(page.frame.language);
  const auto text = registrations_.text(page.frame.language);
  if (!text) {
    status = http::status_of(text.error().code);
    page.trouble = words.not_ready;
  } else {
    page.consent_text = text.value();
  }
  std::string session = cookie(request, kCookie);
  const bool is_new = session.empty();
  if (is_new) session = crypto::random_token(16);
  if (page.form.empty()) page.form = crypto::random_token(16);
  page.token = tokens_.form_token(session, page.form);
  auto response = page_response(status, form_page(page));
  if (is_new)
    response.headers["Set-Cookie"] =
        fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Strict", kCookie, session);
  return response;
}

http::Response PageRoutes::receive_form(const http::Request& request, documents::ConsentKind kind) {
  const Words& words = words_in(language_of(request));
  FormPage page;
  page.kind = kind;
  const auto refuse = [&](ErrorCode code) {
    page.trouble = trouble_of(code, words);
    return respond_with(http::status_of(code), request, std::move(page));
  };

  const auto fields = read_form(request);
  if (!fields) return refuse(fields.error().code);
  page.email = field(fields.value(), "email");
  const std::string session = cookie(request, kCookie);
  const std::string form = field(fields.value(), "form");
  if (!require_same_origin(request) || session.empty() ||
      !tokens_.is_form_token(session, form, field(fields.value(), "token")))
    return refuse(ErrorCode::kForbidden);
  page.form = form;
  if (const auto admitted = limit_.admit(http::address_key(request.remote_address), context_.clock.now());
      !admitted)
    return refuse(admitted.error().code);

  using Answer = RegistrationRequest::Answer;
  const auto language = language_of(request);
  const RegistrationRequest registration{
      .kind = kind,
      .email = page.email,
      .locale = std::string(language_code(language)),
      .consent = field(fields.value(), "consent") == "yes" ? Answer::kAccepted : Answer::kNotGiven,
      .text_version = field(fields.value(), "textVersion"),
      .given = context_.clock.now(),
      // The same form sent again continues; another address in it is another registration.
      .request_key = fmt::format("form:{}:{}:{}", form, language_code(language), page.email)};
  page.email_is_wrong = !is_mail_address(page.email);
  page.consent_is_missing = registration.consent != Answer::kAccepted;
  if (page.email_is_wrong || page.consent_is_missing) return respond_with(422, request, std::move(page));

  const auto registered = registrations_.apply(registration);
  if (!registered) {
    log_error("registration_refused", registered.error());
    return refuse(registered.error().code);
  }
  const auto done = done_page(frame_for(request), registered.value());
  if (!done) return refuse(done.error().code);
  return page_response(200, done.value());
}

}  // namespace countersign::merchant
