// SPDX-License-Identifier: Apache-2.0
#include "authority/timestamp/time_stamper.h"

#include "base/log.h"
#include "http/address_key.h"

namespace countersign::authority {
namespace {

using x509::TimeStampFailure;
using x509::TimeStampRefusal;
using x509::TimeStampRequest;

constexpr std::string_view kQueryType = "application/timestamp-query";
constexpr std::string_view kReplyType = "application/timestamp-reply";

http::Counter& counter(http::Metrics& metrics, std::string_view answer) {
  return metrics.counter("countersign_time_stamps_total", "Answers to requests for time-stamps.",
                         "answer=\"" + std::string(answer) + "\"");
}

}  // namespace

TimeStamper::TimeStamper(x509::CmsSigner signer, const Parts& parts, TimeStampOptions options)
    : signer_(std::move(signer)),
      clock_(parts.clock),
      options_(options),
      of_address_(options.per_minute_of_address, std::chrono::minutes(1)),
      of_all_(options.per_minute, std::chrono::minutes(1)),
      granted_(counter(parts.metrics, "granted")),
      refused_(counter(parts.metrics, "refused")),
      clock_behind_(counter(parts.metrics, "clock_behind")),
      failed_(counter(parts.metrics, "failed")),
      rate_limited_(counter(parts.metrics, "rate_limited")) {}

Result<std::unique_ptr<TimeStamper>> TimeStamper::open(const Parts& parts, TimeStampOptions options) {
  if (parts.signer.certificate.role() != x509::Role::kTimeStamper)
    return fail(ErrorCode::kWrongRole,
                "time-stamps: certificate " + parts.signer.certificate.subject().text() + " is for others");
  if (options.accuracy < Seconds(1))
    return fail(ErrorCode::kMalformed, "time-stamps: accuracy below a second");
  TRY(x509::CmsSigner signer, x509::CmsSigner::create(parts.signer));
  return std::unique_ptr<TimeStamper>(new TimeStamper(std::move(signer), parts, options));
}

// Read, judged and remembered in one step: two threads must not see the clock go back because of each other.
std::variant<TimePoint, TimeStampFailure> TimeStamper::next_time() {
  const x509::Certificate& certificate = signer_.signer().certificate;
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.now();
  if (whole_seconds(now) < certificate.not_before() || whole_seconds(now) >= certificate.not_after())
    return TimeStampFailure::kSystemFailure;
  if (now < last_) return TimeStampFailure::kTimeNotAvailable;
  last_ = now;
  return now;
}

Bytes TimeStamper::answer(BytesView query) {
  const auto parsed = x509::parse_time_stamp_request(query);
  if (const auto* refusal = std::get_if<TimeStampRefusal>(&parsed)) return refuse(*refusal, refused_);
  const TimeStampRequest& request = std::get<TimeStampRequest>(parsed);
  if (!request.policy.empty() && request.policy != x509::kTimeStampPolicy)
    return refuse(
        {TimeStampFailure::kUnacceptedPolicy, "the one policy is " + std::string(x509::kTimeStampPolicy)},
        refused_);
  return grant(request);
}

Bytes TimeStamper::grant(const TimeStampRequest& request) {
  const auto next = next_time();
  const TimePoint* const time = std::get_if<TimePoint>(&next);
  if (time == nullptr && std::get<TimeStampFailure>(next) == TimeStampFailure::kTimeNotAvailable) {
    tell("clock_behind", "the clock went back since the last token");
    return refuse({TimeStampFailure::kTimeNotAvailable, "the clock went back; ask again later"},
                  clock_behind_);
  }
  if (time == nullptr) {
    tell("certificate", "the certificate is not valid at this time");
    return refuse({TimeStampFailure::kSystemFailure, "the signer's certificate is not valid now"}, failed_);
  }
  x509::TimeStampGrant granted{x509::SerialNumber::random(), *time, options_.accuracy};
  Result<Bytes> response = x509::make_time_stamp_response(signer_, request, granted);
  if (!response) {
    tell(error_name(response.error().code), response.error().detail);
    return refuse({TimeStampFailure::kSystemFailure, "the signer's key does not answer"}, failed_);
  }
  granted_.add();
  return std::move(response).value();
}

Bytes TimeStamper::refuse(const TimeStampRefusal& refusal, http::Counter& counted) {
  counted.add();
  return x509::make_time_stamp_refusal(refusal);
}

void TimeStamper::tell(std::string_view cause, std::string_view detail) {
  const auto count = told_.note(std::string(cause), RepeatedEvents::Moment::clock::now());
  if (!count) return;
  log_event(LogLevel::kError, "time_stamps_refused",
            {{"cause", cause}, {"detail", detail}, {"count", std::to_string(*count)}});
}

http::Response TimeStamper::post(const http::Request& request) {
  if (request.header("Content-Type") != kQueryType)
    return http::problem_response(
        {ErrorCode::kUnsupported, "time-stamps: Content-Type must be " + std::string(kQueryType)});
  const TimePoint now = clock_.now();
  Result<void> allowed = of_address_.admit(http::address_key(request.remote_address), now);
  if (allowed) allowed = of_all_.admit("all", now);
  if (!allowed) {
    rate_limited_.add();
    return http::problem_response(allowed.error());
  }
  return http::der_response(200, answer(request.body), kReplyType);
}

}  // namespace countersign::authority
