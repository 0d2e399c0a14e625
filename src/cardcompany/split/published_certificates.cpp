// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/published_certificates.h"

namespace countersign::cardcompany {

Result<documents::CompanyCertificates> PublishedCertificates::current() const {
  for (const Kept* kept : {&signing_, &agreement_})
    if (!kept->status.is_good())
      return fail(ErrorCode::kUnavailable, "certificates: no good status of " +
                                               kept->certificate.subject().text() + ", serial " +
                                               kept->certificate.serial().hex());
  return documents::CompanyCertificates{signing_.certificate.der(), signing_.status.current(),
                                        agreement_.certificate.der(), agreement_.status.current()};
}

}  // namespace countersign::cardcompany
