-- Plain names in entries: `audit` with action and subject instead of `noted`; a person is banned instead of gone.
update entry set data = replace(data, ',"gone":true', ',"banned":true')
  where channel = 'people:all' and kind = 'person' and data like '%,"gone":true}';
update entry set kind = 'audit', data = replace(replace(replace(replace(replace(replace(data,
    '{"what":"role"', '{"what":"role_changed"'), '{"what":"settings"', '{"what":"settings_changed"'),
    '{"what":"token_made"', '{"what":"token_created"'), '{"what":', '{"action":'),
    ',"about":', ',"subject":'), ',"was":', ',"previous_role":')
  where channel = 'audit:all' and kind = 'noted';
