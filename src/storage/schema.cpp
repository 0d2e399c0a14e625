// SPDX-License-Identifier: Apache-2.0
#include "storage/schema.h"

#include <stdexcept>

namespace countersign::storage {
namespace {

void check_versions(std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i)
    if (migrations[i].version != static_cast<int>(i) + 1)
      throw std::logic_error("migrations are not numbered 1, 2, 3");
}

}  // namespace

Result<const Migration*> next_step(Reader& reader, std::string_view component,
                                   std::span<const Migration> migrations) {
  check_versions(migrations);
  TRY(const auto applied,
      reader.query("SELECT version, sql FROM schema_steps WHERE component = $1 ORDER BY version",
                   {std::string(component)}));
  const std::string name = "schema of " + std::string(component);
  if (applied.size() > migrations.size())
    return fail(ErrorCode::kUnsupported, name + ": version " + std::to_string(applied.size()) +
                                             " is newer than this program's " +
                                             std::to_string(migrations.size()));
  for (std::size_t i = 0; i < applied.size(); ++i)
    if (applied[i].integer(0) != migrations[i].version || applied[i].text(1) != migrations[i].sql)
      return fail(ErrorCode::kConflict, name + ": step " + std::to_string(i + 1) + " is not the one applied");
  return applied.size() < migrations.size() ? &migrations[applied.size()] : nullptr;
}

Result<void> record_step(Transaction& transaction, std::string_view component, const Migration& step) {
  TRY(transaction.execute("INSERT INTO schema_steps (component, version, sql) VALUES ($1, $2, $3)",
                          {std::string(component), std::int64_t{step.version}, std::string(step.sql)}));
  return ok();
}

}  // namespace countersign::storage
