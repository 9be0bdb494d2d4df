//! More work than places: who cannot be served in time is told when to come again, and the moment there is room everything
//! works as before.

use diesel::connection::SimpleConnection;
use hiroba::db::ADMISSION_DEADLINE;

use crate::forum::Forum;
use crate::resources::metric;
use crate::server::{PATIENCE, until};

const WRITERS: usize = 60;

#[test]
fn writers_without_a_place_are_told_to_come_again_while_readers_notice_nothing() {
    let forum = Forum::new();
    let server = forum.place.serve();
    forum.write_well(&server);
    forum.let_sessions_grow_old();
    // Somebody else keeps the database for himself.
    let mut other = forum.connect();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let (client, forum) = (server.client.clone(), &forum);
                scope.spawn(move || {
                    let begun = std::time::Instant::now();
                    (forum.post_raw(&client), begun.elapsed())
                })
            })
            .collect();
        until("a queue of writers", PATIENCE, || {
            let waiting = metric(&server, "hiroba_requests_waiting{kind=\"write\"}");
            (waiting >= WRITERS - 1).then_some(())
        });
        forum.assert_nothing_lost(&server);
        let (status, _) = server.get("/search?q=%E6%8F%90%E5%87%BA", &forum.token);
        assert_eq!(status, 200);
        let answers = writers.into_iter().map(|writer| writer.join().unwrap());
        for ((status, retry_after, body), took) in answers {
            assert_eq!(status, 503, "{body}");
            assert!(body.contains("/problems/busy"), "{body}");
            assert_eq!(retry_after, "5");
            assert!(took >= ADMISSION_DEADLINE, "{took:?}: nobody waited");
        }
    });
    let waiting = metric(&server, "hiroba_requests_waiting{kind=\"write\"}");
    assert_eq!(waiting, 0, "somebody is forgotten in the queue");
    other.batch_execute("COMMIT").unwrap();
    until("the next write", PATIENCE, || {
        (forum.write(&server).unwrap().0 == 201).then_some(())
    });
    let in_use = || metric(&server, "hiroba_connections_in_use{kind=\"write\"}");
    until("the place to be free", PATIENCE, || {
        (in_use() == 0).then_some(())
    });
    forum.assert_sound(&server);
    server.stop();
}
