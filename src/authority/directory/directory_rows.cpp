// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/directory_rows.h"

namespace countersign::authority {

std::string entry_select() {
  return "SELECT der, state, reason, changed, status_version, enrolment, number FROM certificate";
}

Result<DirectoryEntry> entry_of_row(const storage::Row& row) {
  TRY(auto certificate, x509::Certificate::from_der(row.blob(0)));
  TRY(const auto state, state_of_column(row.text(1)));
  return DirectoryEntry{std::move(certificate),
                        state,
                        static_cast<x509::RevocationReason>(row.integer(2)),
                        from_unix_seconds(row.integer(3)),
                        row.integer(4),
                        row.text(5)};
}

Result<std::vector<DirectoryEntry>> entries_of_rows(const std::vector<storage::Row>& rows) {
  std::vector<DirectoryEntry> entries;
  entries.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(auto entry, entry_of_row(row));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::int64_t entry_number(const storage::Row& row) {
  return row.integer(6);
}

Result<CertificateState> state_of_column(std::string_view text) {
  const auto state = state_of_name(text);
  if (!state) return fail(ErrorCode::kInternal, "directory: unknown state in the store");
  return *state;
}

}  // namespace countersign::authority
