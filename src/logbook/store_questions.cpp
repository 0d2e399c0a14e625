// SPDX-License-Identifier: Apache-2.0
#include "logbook/store_questions.h"

namespace countersign::logbook {

Result<std::vector<storage::Row>> ask_store(storage::Database& store, std::string_view sql,
                                            const storage::Values& values) {
  std::vector<storage::Row> rows;
  const auto read = store.read([&](storage::Reader& reader) -> Result<void> {
    TRY(rows, reader.query(sql, values));
    return ok();
  });
  if (!read) return fail(read.error(), "the store cannot be read");
  return rows;
}

}  // namespace countersign::logbook
