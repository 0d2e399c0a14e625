// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "http/message.h"

namespace countersign::http {
namespace {

// What a person is told about a code: what it is called and what to do.
struct Words {
  ErrorCode code;
  int status;
  std::string_view title;
  std::string_view remedy;
};

constexpr Words kWords[] = {
    {ErrorCode::kMalformed, 400, "The request is not well formed",
     "Correct the field that the detail names, then send the request again."},
    {ErrorCode::kTooLarge, 413, "The request is too large",
     "Send less: the detail names the limit that was exceeded."},
    {ErrorCode::kUnsupported, 422, "The request is of a kind that is not accepted",
     "Use the type, version or algorithm that the documentation of this interface names."},
    {ErrorCode::kUnauthenticated, 401, "It is not proven who asks",
     "Send the client certificate, token or secret that this request needs."},
    {ErrorCode::kForbidden, 403, "This is not permitted",
     "Ask the operator of this server if you should be permitted to do this."},
    {ErrorCode::kNotFound, 404, "There is no such thing here",
     "Check the address and the identifier. What is not visible to you is not shown either."},
    {ErrorCode::kConflict, 409, "This contradicts what is already recorded",
     "Look at what is recorded, then begin again with a new identifier if you still want this."},
    {ErrorCode::kGone, 410, "This can be had only once and was already taken",
     "If it was not you who took it, revoke the certificate at once; otherwise begin again."},
    {ErrorCode::kExpired, 422, "Its time is over", "Begin again to obtain a new one."},
    {ErrorCode::kNotYetValid, 422, "Its time has not begun",
     "Wait until it becomes valid, and check the clock of this device."},
    {ErrorCode::kClockSkew, 422, "The clocks of both sides are too far apart",
     "Set the clock of this device, then try again."},
    {ErrorCode::kCertificateUnknown, 403, "The certificate is not known in this network",
     "Use a certificate that was issued in this network, or register to obtain one."},
    {ErrorCode::kCertificateOnHold, 403, "The certificate is suspended or not yet activated",
     "Complete the enrolment, or ask the authority to resume the certificate."},
    {ErrorCode::kCertificateRevoked, 403, "The certificate is revoked",
     "Register again to obtain a new certificate."},
    {ErrorCode::kSignatureInvalid, 422, "The signature does not fit what was signed",
     "Sign again with the key of the certificate that you name. Trust nothing in the rejected document."},
    {ErrorCode::kWrongRole, 403, "The certificate is not for this use",
     "Use the certificate of the role that this step needs."},
    {ErrorCode::kWrongOrigin, 403, "The address and the certificate do not agree",
     "Do not go on: you may be speaking to somebody else. Check the address of the other party."},
    {ErrorCode::kNameNotPermitted, 403, "The name may not be used here",
     "Choose a name within the part of the network that the issuer may name."},
    {ErrorCode::kAmountMismatch, 422, "The amounts do not add up",
     "Correct lines and total, then make a new order."},
    {ErrorCode::kConsentMissing, 422, "The consent is missing",
     "Ask the person for consent, then apply again."},
    {ErrorCode::kWrongPassword, 403, "The password does not open the key file",
     "Type the password exactly as it stands in the newest mail."},
    {ErrorCode::kWrongPin, 403, "The PIN is wrong", "Try again with care: only a few tries are left."},
    {ErrorCode::kPinLocked, 423, "The card is locked",
     "Unlock the card with its unlocking code, or register again with a new card."},
    {ErrorCode::kCancelled, 409, "The person said no",
     "Nothing was signed. Begin again if that was a mistake."},
    {ErrorCode::kRateLimited, 429, "Too many requests in too short a time", "Wait a minute, then try again."},
    {ErrorCode::kHomeUnreachable, 503, "The authority that may answer cannot be reached",
     "Nothing was decided. Try again later."},
    {ErrorCode::kUnavailable, 503, "Something that is needed does not answer",
     "Nothing was decided. Try again in a moment."},
    {ErrorCode::kStorageFull, 507, "There is no room to store this",
     "Nothing was stored. The operator must make room; then try again."},
    {ErrorCode::kInternal, 500, "A fault of this server",
     "Try again in a moment. If it happens again, tell the operator when it happened."},
};

const Words& words_of(ErrorCode code) {
  for (const Words& words : kWords) {
    if (words.code == code) return words;
  }
  return words_of(ErrorCode::kInternal);
}

constexpr std::string_view kProblemMediaType = "application/problem+json";

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 410:
      return ErrorCode::kGone;
    case 413:
    case 431:
      return ErrorCode::kTooLarge;
    case 405:
    case 415:
    case 505:
      return ErrorCode::kUnsupported;
    case 429:
      return ErrorCode::kRateLimited;
    case 507:
      return ErrorCode::kStorageFull;
    case 408:
    case 502:
    case 503:
    case 504:
      return ErrorCode::kUnavailable;
    default:
      return status >= 400 && status < 500 ? ErrorCode::kMalformed : ErrorCode::kInternal;
  }
}

std::string_view text_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

}  // namespace

int status_of(ErrorCode code) {
  return words_of(code).status;
}

std::string_view remedy_of(ErrorCode code) {
  return words_of(code).remedy;
}

Response problem_response(const Error& error) {
  return problem_response(error, status_of(error.code));
}

Response problem_response(const Error& error, int status) {
  const Words& words = words_of(error.code);
  boost::json::object problem;
  problem["type"] = "urn:countersign:problem:" + std::string(error_name(error.code));
  problem["title"] = words.title;
  problem["status"] = status;
  problem["code"] = error_name(error.code);
  if (error.code == ErrorCode::kInternal) {
    log_error("internal_fault", error);
  } else {
    problem["detail"] = error.detail;
  }
  problem["remedy"] = words.remedy;
  problem["temporary"] = is_temporary(error.code);
  Response response = json_response(status, boost::json::serialize(problem));
  response.headers["Content-Type"] = kProblemMediaType;
  if (status == 401) response.headers["WWW-Authenticate"] = "Bearer";
  return response;
}

Response answer(Result<Response> result) {
  if (result) return std::move(result).value();
  if (result.error().code == ErrorCode::kInternal) log_error("request_failed", result.error());
  return problem_response(result.error());
}

Error error_of(const Response& response) {
  Error fallback{code_of_status(response.status), "HTTP status " + std::to_string(response.status)};
  if (response.header("Content-Type") != kProblemMediaType) return fallback;
  boost::system::error_code failed;
  boost::json::parse_options options;
  options.max_depth = 4;
  const std::string_view body = as_text(response.body);
  const boost::json::value parsed =
      boost::json::parse(boost::json::string_view(body.data(), body.size()), failed, {}, options);
  if (failed || !parsed.is_object()) return fallback;
  const auto code = error_of_name(text_member(parsed.get_object(), "code"));
  if (!code) return fallback;
  return Error{*code, std::string(text_member(parsed.get_object(), "detail"))};
}

}  // namespace countersign::http
