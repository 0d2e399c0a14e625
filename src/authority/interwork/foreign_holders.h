// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <semaphore>

#include "authority/interwork/foreign_parties.h"

namespace countersign::authority {

// How many of the threads that work for everybody may wait for homes at once.
using PlacesToWait = std::counting_semaphore<16>;

// judge_foreign_holder judges who signed a request and belongs to another data centre: a purchaser's
// certificate by the network map, valid now, which by its home's answer, or by the live feed since an earlier
// one, is good or on hold at this moment. Says nothing about the signature. Blocks for as long as peers are
// waited for, and not where no place to wait is left (kUnavailable): a home that answers slowly holds up no
// others. kCertificateUnknown
// where this authority has no map, kWrongRole for anybody but a purchaser, kNotYetValid, kExpired,
// kCertificateRevoked, kHomeUnreachable; else what ForeignParties says.
Result<x509::Certificate> judge_foreign_holder(const ForeignParties& foreign, const Clock& clock,
                                               PlacesToWait& places, const x509::UnverifiedCms& request);

}  // namespace countersign::authority
