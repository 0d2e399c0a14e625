// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

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
// the very next CRL shows it. A CA that has changed its key is the same CA still: the list of each key that
// is at hand names all its certificates, whichever key issued them (RFC 5280 §5). Numbers are kept in the
// store and never go down: each is the larger of the highest one plus one and the Unix time, so that a
// restored store does not repeat one either, and no two lists have the same. Thread-safe.
class CrlPublisher {
 public:
  // All referenced objects outlive the publisher. `earlier` are CA keys from before the present one.
  static Result<CrlPublisher> open(x509::Issuer ca, storage::Database& database, const Directory& directory,
                                   const Clock& clock, std::vector<x509::Issuer> earlier = {},
                                   CrlOptions options = {});
  // The list of the present key.
  Result<Crl> current() const { return current_for(ca_.certificate); }
  // The list that the key of `ca` signs; where that is not at hand the present key's, which speaks for the
  // same CA (RFC 5280 §6.3.3).
  Result<Crl> current_for(const x509::Certificate& ca) const;
  // The list of every key that is at hand, the present one's first.
  Result<std::vector<Crl>> all_current() const;

 private:
  CrlPublisher(x509::Issuer ca, std::vector<x509::Issuer> earlier, storage::Database& database,
               const Directory& directory, const Clock& clock, CrlOptions options)
      : ca_(std::move(ca)),
        earlier_(std::move(earlier)),
        database_(database),
        directory_(directory),
        clock_(clock),
        options_(options) {}
  Result<Crl> current_of(const x509::Issuer& issuer) const;
  Result<std::optional<Crl>> stored(storage::Reader& reader, const x509::Issuer& issuer, TimePoint now) const;
  Result<Crl> make(storage::Transaction& transaction, const x509::Issuer& issuer, TimePoint now) const;

  x509::Issuer ca_;
  std::vector<x509::Issuer> earlier_;
  storage::Database& database_;
  const Directory& directory_;
  const Clock& clock_;
  CrlOptions options_;
};

// The DER of all_current().
Result<std::vector<Bytes>> lists_of(const CrlPublisher& publisher);

}  // namespace countersign::authority
