// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/clock.h"
#include "storage/database.h"
#include "x509/cms.h"
#include "x509/issue.h"

namespace countersign::authority {

// ManualClock stands at a time until it is moved.
class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  void advance(Seconds by) { now_ += by; }
  void set(TimePoint time) { now_ = time; }

 private:
  TimePoint now_ = from_unix_seconds(1'795'000'000);  // 2026-11-18
};

// TemporaryFolder is a new folder below the system's, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A network `O=Countersign Demo` with the data centre `OU=seoul-1,OU=kr,O=Countersign Demo`, which may name
// 127.0.0.0/8, localhost and shop.example. Everything is real but the clock. Failures end the test program.
struct TestNetwork {
  explicit TestNetwork(TimePoint now);

  x509::Name data_centre;
  x509::Issuer root;
  x509::Issuer ca;
  std::shared_ptr<const x509::TrustAnchor> anchor;

  // Issues below the data centre, valid from an hour before `now`; the signer's chain is the CA.
  x509::Signer issue(x509::Role role, const x509::Name& subject, TimePoint now,
                     x509::AlternativeNames names = {}) const;
  x509::Signer issue_merchant(std::string_view name, TimePoint now) const;  // origin https://127.0.0.1:8443
  x509::Signer issue_purchaser(std::string_view uid, TimePoint now) const;
  x509::Signer issue_agreement(std::string_view uid, TimePoint now) const;  // the purchaser's second key
};

// take returns the value of a result or ends the test program with the error's text.
template <typename T>
T take(Result<T> result, const char* what = "unexpected failure") {
  if (!result)
    throw std::runtime_error(std::string(what) + ": " + std::string(error_name(result.error().code)) + ": " +
                             result.error().detail);
  return std::move(result).value();
}
inline void take(Result<void> result, const char* what = "unexpected failure") {
  if (!result)
    throw std::runtime_error(std::string(what) + ": " + std::string(error_name(result.error().code)) + ": " +
                             result.error().detail);
}

// A name from its RFC 4514 text.
x509::Name name_of(std::string_view text);

}  // namespace countersign::authority
