// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/directory/directory.h"
#include "x509/issue.h"

namespace countersign::authority {

struct CrlOptions {
  Seconds renew_after{3600};     // a CRL that is older is made anew although nothing changed
  Seconds valid_for{24 * 3600};  // nextUpdate - thisUpdate
};

struct Crl {
  Bytes der;
  std::int64_t number = 0;
  TimePoint this_update;
  TimePoint next_update;
};

// CrlPublisher makes the full CRL of the data centre's CA when it is asked for: after any change of a status
// the very next CRL shows it. Numbers are kept in the store and never go down: each is the larger of its
// predecessor plus one and the Unix time, so that a restored store does not repeat one either. Thread-safe.
class CrlPublisher {
 public:
  // All referenced objects outlive the publisher.
  static Result<CrlPublisher> open(x509::Issuer ca, storage::Database& database, const Directory& directory,
                                   const Clock& clock, CrlOptions options = {});
  Result<Crl> current() const;

 private:
  CrlPublisher(x509::Issuer ca, storage::Database& database, const Directory& directory, const Clock& clock,
               CrlOptions options)
      : ca_(std::move(ca)), database_(database), directory_(directory), clock_(clock), options_(options) {}
  Result<std::optional<Crl>> stored(storage::Reader& reader, TimePoint now) const;
  Result<Crl> make(storage::Transaction& transaction, TimePoint now) const;

  x509::Issuer ca_;
  storage::Database& database_;
  const Directory& directory_;
  const Clock& clock_;
  CrlOptions options_;
};

}  // namespace countersign::authority
