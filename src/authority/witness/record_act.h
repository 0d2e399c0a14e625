// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "authority/audit/audit_log.h"

namespace countersign::authority {

// RecordAct enters an act into the audit log, in a transaction of its own. From any thread.
using RecordAct = std::function<Result<void>(const AuditEntry&)>;

}  // namespace countersign::authority
