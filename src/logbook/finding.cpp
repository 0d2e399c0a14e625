// SPDX-License-Identifier: Apache-2.0
#include "logbook/finding.h"

namespace countersign::logbook {

std::string_view finding_name(FindingKind kind) {
  switch (kind) {
    case FindingKind::kMissing:
      return "missing";
    case FindingKind::kTorn:
      return "torn";
    case FindingKind::kTooLong:
      return "too-long";
    case FindingKind::kUnreadable:
      return "unreadable";
    case FindingKind::kWrong:
      return "wrong";
    case FindingKind::kSignature:
      return "signature";
    case FindingKind::kUnwitnessed:
      return "unwitnessed";
    case FindingKind::kRoot:
      return "root";
    case FindingKind::kFork:
      return "fork";
    case FindingKind::kOlder:
      return "older";
    case FindingKind::kEntry:
      return "entry";
    case FindingKind::kDouble:
      return "double";
    case FindingKind::kStore:
      return "store";
  }
  return "wrong";
}

}  // namespace countersign::logbook
