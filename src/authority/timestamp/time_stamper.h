// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <variant>

#include "base/clock.h"
#include "base/rate_limit.h"
#include "base/repeated_events.h"
#include "http/metrics.h"
#include "x509/time_stamp.h"

namespace countersign::authority {

struct TimeStampOptions {
  Seconds accuracy{1};             // that tokens promise: how far the clock may be off, either way
  int per_minute_of_address = 60;  // requests from one network address
  int per_minute = 6000;           // and from all together: each costs a signature
};

// TimeStamper is the data centre's time-stamping authority (RFC 3161). Its tokens have random serial numbers
// and the clock's time, in whole seconds. Within one process no token is earlier than one that was made
// before: where the clock has gone back there is none until it has caught up. A time at which the signer's
// certificate is not valid gives none, and nothing to catch up with. Thread-safe.
class TimeStamper {
 public:
  // Clock and metrics outlive it.
  struct Parts {
    x509::Signer signer;  // of the role kTimeStamper
    const Clock& clock;
    http::Metrics& metrics;
  };
  // kWrongRole for a signer of another role, kUnsupported for a key that is not P-256, kMalformed for an
  // accuracy below a second.
  static Result<std::unique_ptr<TimeStamper>> open(const Parts& parts, TimeStampOptions options = {});

  // answer is the TimeStampResp to a TimeStampReq, both DER: a token, or the reason why there is none.
  Bytes answer(BytesView query);

  // post is the same over HTTP (RFC 3161 §3.4), for whoever asks at a bearable pace: else a problem,
  // kRateLimited, as kUnsupported is for another media type.
  http::Response post(const http::Request& request);

 private:
  TimeStamper(x509::CmsSigner signer, const Parts& parts, TimeStampOptions options);
  Bytes grant(const x509::TimeStampRequest& request);
  Bytes refuse(const x509::TimeStampRefusal& refusal, http::Counter& counter);
  // The clock's time for a token, or why there is none.
  std::variant<TimePoint, x509::TimeStampFailure> next_time();
  // One line of the log for many like failures.
  void tell(std::string_view cause, std::string_view detail);

  const x509::CmsSigner signer_;
  const Clock& clock_;
  const TimeStampOptions options_;
  RateLimit of_address_;
  RateLimit of_all_;
  http::Counter &granted_, &refused_, &clock_behind_, &failed_, &rate_limited_;
  RepeatedEvents told_{std::chrono::minutes(1)};
  std::mutex mutex_;  // guards the reading of the clock together with last_
  TimePoint last_ = TimePoint::min();
};

}  // namespace countersign::authority
