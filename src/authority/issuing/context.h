// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>

#include "authority/audit/audit_log.h"
#include "authority/directory/directory.h"
#include "authority/issuing/authority_keys.h"
#include "base/clock.h"
#include "storage/database.h"

namespace countersign::authority {

// PublicUrls is where the two listeners are reached from outside, without a slash at the end. They are set
// once, when the listeners have their ports. Thread-safe.
class PublicUrls {
 public:
  PublicUrls() = default;
  PublicUrls(std::string service, std::string status)
      : service_(std::move(service)), status_(std::move(status)) {}
  void set(std::string service, std::string status) {
    const std::lock_guard lock(mutex_);
    service_ = std::move(service);
    status_ = std::move(status);
  }
  std::string service() const {
    const std::lock_guard lock(mutex_);
    return service_;
  }
  std::string status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  mutable std::mutex mutex_;  // guards both texts
  std::string service_;
  std::string status_;
};

// AuthorityContext is what all means of one authority work with. It refers: the program keeps everything
// alive.
struct AuthorityContext {
  storage::Database& database;
  const Directory& directory;
  const AuditLog& audit;
  const AuthorityKeys& keys;
  const PublicUrls& urls;
  const Clock& clock;
};

}  // namespace countersign::authority
