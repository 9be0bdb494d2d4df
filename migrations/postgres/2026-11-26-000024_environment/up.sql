-- How far those who look after devices and networks have come with a problem, as it stands now. `revision` counts the steps.
CREATE TABLE environment_states (
  thread_id   UUID      NOT NULL PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
  state       TEXT      NOT NULL CHECK (state IN ('received', 'investigating', 'planned', 'solved')),
  planned_on  DATE,
  revision    INTEGER   NOT NULL,
  at          TIMESTAMP NOT NULL,
  CONSTRAINT environment_states_plan CHECK ((state = 'planned') = (planned_on IS NOT NULL))
);
CREATE INDEX environment_states_by_state ON environment_states (state, at, thread_id);
CREATE INDEX environment_states_by_time ON environment_states (at, thread_id);
CREATE INDEX environment_states_by_plan ON environment_states (planned_on, thread_id);

-- Every step of it. Readers are shown the role that its author had, never who it was.
CREATE TABLE environment_steps (
  id          UUID      NOT NULL PRIMARY KEY,
  thread_id   UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  number      INTEGER   NOT NULL,
  state       TEXT      NOT NULL CHECK (state IN ('received', 'investigating', 'planned', 'solved')),
  planned_on  DATE,
  note        TEXT      NOT NULL,
  author_id   UUID      NOT NULL REFERENCES accounts (id),
  role        TEXT      NOT NULL CHECK (role IN ('supporter', 'trainer', 'administrator')),
  at          TIMESTAMP NOT NULL,
  CONSTRAINT environment_steps_number_key UNIQUE (thread_id, number),
  CONSTRAINT environment_steps_plan CHECK ((state = 'planned') = (planned_on IS NOT NULL))
);
CREATE INDEX environment_steps_by_author ON environment_steps (author_id, at);
