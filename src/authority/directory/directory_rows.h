// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "authority/directory/directory.h"

namespace countersign::authority {

// The columns of a DirectoryEntry as `SELECT … FROM certificate`, and the way back from such rows; the last
// column is the entry's number.
std::string entry_select();
Result<DirectoryEntry> entry_of_row(const storage::Row& row);
Result<std::vector<DirectoryEntry>> entries_of_rows(const std::vector<storage::Row>& rows);
std::int64_t entry_number(const storage::Row& row);

// kInternal for a value that the schema does not allow.
Result<CertificateState> state_of_column(std::string_view text);

}  // namespace countersign::authority
